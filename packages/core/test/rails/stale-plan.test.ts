import { describe, expect, test } from 'vitest';
import type { ErrorCode, Operation, Side, SyncEngineOptions, SyncPlan } from '../../src/index.ts';
import type { Pair } from '../support/pair.ts';
import { type Changes, make, type Tree, treeOf } from '../support/tree.ts';
import { inSync, refusal } from './rail.ts';

interface Stale {
  readonly base: Tree;
  /** What the plan is made from. */
  readonly source?: Changes;
  readonly destination?: Changes;
  readonly options?: Partial<SyncEngineOptions>;
  /** What happens between the plan and its application. */
  readonly meanwhile: { readonly [side in Side]?: Changes };
  /** The operation that is refused, as `kind side path`, and with what. */
  readonly refused: string;
  readonly code: ErrorCode;
}

const cases: Readonly<Record<string, Stale>> = {
  'create: something stands there by now': {
    base: { x: 'x' },
    source: { a: 'planned' },
    meanwhile: { destination: { a: 'came first' } },
    refused: 'create destination a',
    code: 'precondition-failed',
  },
  'create: a folder stands there by now': {
    base: { x: 'x' },
    source: { a: 'planned' },
    meanwhile: { destination: { 'a/inside': 'came first' } },
    refused: 'create destination a',
    code: 'is-a-directory',
  },
  'create: the content is another by now': {
    base: { x: 'x' },
    source: { a: 'planned' },
    meanwhile: { source: { a: 'edited since' } },
    refused: 'create destination a',
    code: 'source-changed',
  },
  'create: the content is gone by now': {
    base: { x: 'x' },
    source: { a: 'planned' },
    meanwhile: { source: { a: undefined } },
    refused: 'create destination a',
    code: 'not-found',
  },
  'create of a link: something stands there by now': {
    base: { x: 'x' },
    source: { a: '-> x' },
    meanwhile: { destination: { a: 'came first' } },
    refused: 'create destination a',
    code: 'precondition-failed',
  },
  'update: the old is another by now': {
    base: { a: 'a', x: 'x' },
    source: { a: 'planned' },
    meanwhile: { destination: { a: 'edited since' } },
    refused: 'update destination a',
    code: 'precondition-failed',
  },
  'update: the new is another by now': {
    base: { a: 'a', x: 'x' },
    source: { a: 'planned' },
    meanwhile: { source: { a: 'edited since' } },
    refused: 'update destination a',
    code: 'source-changed',
  },
  'update: the old is gone by now': {
    base: { a: 'a', x: 'x' },
    source: { a: 'planned' },
    meanwhile: { destination: { a: undefined } },
    refused: 'update destination a',
    code: 'precondition-failed',
  },
  'delete: it was edited since': {
    base: { a: 'a', x: 'x' },
    source: { a: undefined },
    meanwhile: { destination: { a: 'edited since' } },
    refused: 'delete destination a',
    code: 'precondition-failed',
  },
  'delete: it is a folder by now': {
    base: { a: 'a', x: 'x' },
    source: { a: undefined },
    meanwhile: { destination: { a: undefined, 'a/inside': 'came first' } },
    refused: 'delete destination a',
    code: 'precondition-failed',
  },
  'delete of a folder: something is inside by now': {
    base: { 'd/a': 'a', x: 'x' },
    source: { 'd/a': undefined, d: undefined },
    meanwhile: { destination: { 'd/new': 'came first' } },
    refused: 'delete destination d',
    code: 'not-empty',
  },
  'a file in the place of a folder: something is inside by now': {
    base: { 'd/a': 'a', x: 'x' },
    source: { d: 'planned' },
    meanwhile: { destination: { 'd/new': 'came first' } },
    refused: 'create destination d',
    code: 'dependency-failed',
  },
  'a folder in the place of a file: the file was edited since': {
    base: { a: 'a', x: 'x' },
    source: { a: undefined, 'a/inside': 'planned' },
    meanwhile: { destination: { a: 'edited since' } },
    refused: 'delete destination a',
    code: 'precondition-failed',
  },
  'move: it was edited since': {
    base: { a: 'a', x: 'x' },
    source: (side) => side.rename('a', 'b'),
    meanwhile: { destination: { a: 'edited since' } },
    refused: 'move destination b',
    code: 'precondition-failed',
  },
  'move: the new name is taken by now': {
    base: { a: 'a', x: 'x' },
    source: (side) => side.rename('a', 'b'),
    meanwhile: { destination: { b: 'came first' } },
    refused: 'move destination b',
    code: 'already-exists',
  },
  'move of a folder: the new name is taken by now': {
    base: { 'd/a': 'a', x: 'x' },
    source: (side) => side.rename('d', 'e'),
    meanwhile: { destination: { 'e/new': 'came first' } },
    refused: 'move destination e',
    code: 'already-exists',
  },
  'make-directory: a file stands there by now': {
    base: { x: 'x' },
    source: { 'd/': '' },
    meanwhile: { destination: { d: 'came first' } },
    refused: 'make-directory destination d',
    code: 'not-a-directory',
  },
  'set-metadata: it was edited since': {
    base: { a: 'a', x: 'x' },
    source: (side) => side.touch('a', { modifiedAt: Date.parse('2020-01-01T00:00:00Z') }),
    meanwhile: { destination: { a: 'edited since' } },
    refused: 'set-metadata destination a',
    code: 'precondition-failed',
  },
  'conflict: the winner was edited since': {
    base: { a: 'a', x: 'x' },
    source: { a: 'by the source' },
    destination: { a: 'by the destination' },
    meanwhile: { source: { a: 'edited since' } },
    refused: 'update destination a',
    code: 'source-changed',
  },
  'conflict: the loser was edited since': {
    base: { a: 'a', x: 'x' },
    source: { a: 'by the source' },
    destination: { a: 'by the destination' },
    meanwhile: { destination: { a: 'edited since' } },
    refused: 'update destination a',
    code: 'dependency-failed',
  },
};

describe('a plan that is applied later', () => {
  // Nothing is kept of what gives way: whatever is lost is lost.
  const trash = false as const;

  test.for(Object.entries(cases))('%s', async ([, stale]) => {
    const options = { ...stale.options, trash };
    const pair = await inSync(stale.base, options);
    make(pair.source, stale.source ?? {});
    make(pair.destination, stale.destination ?? {});
    pair.clock.advance();
    const plan = stored(await pair.engine(options).plan());
    expect(plan.operations.map(told), 'the case is about an operation of the plan').toContain(stale.refused);
    make(pair.source, stale.meanwhile.source ?? {});
    make(pair.destination, stale.meanwhile.destination ?? {});
    pair.clock.advance();
    const before = contentsOf(pair);

    const result = await pair.engine(options).apply(plan);
    expect(result.status).toBe('problems');
    expect(result.operations.map(told), 'it is refused').not.toContain(stale.refused);
    expect(result.problems.map(({ code }) => code)).toContain(stale.code);
    expect([...contentsOf(pair)], 'nothing is lost').toEqual(
      expect.arrayContaining([...before].filter((content) => !givenUp(stale).has(content))),
    );

    pair.clock.advance();
    expect((await pair.engine(options).sync()).status, 'the next run looks anew').toBe('clean');
    expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
    const since = Object.values({ ...entriesOf(stale.meanwhile.source), ...entriesOf(stale.meanwhile.destination) });
    for (const content of since) if (content !== undefined) expect(contentsOf(pair)).toContain(content);
    pair.clock.advance();
    expect((await pair.engine(options).plan()).operations).toEqual([]);
  });

  test('twice: the second time there is nothing left of it', async () => {
    const pair = await inSync({ a: 'a', gone: 'gone', x: 'x' });
    make(pair.source, { a: 'edited', gone: undefined, new: 'new' });
    pair.clock.advance();
    const plan = stored(await pair.engine().plan());
    expect((await pair.engine().apply(plan)).status).toBe('clean');
    const after = treeOf(pair.destination);
    pair.clock.advance();
    make(pair.destination, { a: 'edited again' });
    await pair.engine().apply(plan);
    expect(treeOf(pair.destination)).toEqual({ ...after, a: 'edited again' });
    expect((await pair.engine().sync()).status).toBe('clean');
    expect(treeOf(pair.source)).toMatchObject({ a: 'edited again', new: 'new' });
  });

  test('after another run went on: what it merely noted is not taken for true', async () => {
    const pair = await inSync({ x: 'x' });
    for (const side of [pair.source, pair.destination]) make(side, { a: 'same' });
    pair.clock.advance();
    const plan = stored(await pair.engine().plan());
    await pair.engine().sync();
    make(pair.source, { a: undefined });
    pair.clock.advance();
    await pair.engine().sync();
    expect(treeOf(pair.destination)).toEqual({ x: 'x' });
    make(pair.destination, { a: 'same' });
    await pair.engine().apply(plan);
    expect((await pair.engine().sync()).status).toBe('clean');
    expect(treeOf(pair.source), 'what is new is not taken for deleted').toEqual({ a: 'same', x: 'x' });
  });

  test('for another pair is refused as a whole', async () => {
    const pair = await inSync({ a: 'a' });
    const other = await inSync({ a: 'a' }, {}, { source: { id: 'memory:other' } });
    make(pair.source, { a: undefined });
    const plan = stored(await pair.engine().plan({ allow: ['rail-root-emptied'] }));
    expect(await refusal(other.engine().apply(plan))).toMatchObject({ code: 'plan-mismatch' });
    expect(treeOf(other.destination)).toEqual({ a: 'a' });
  });
});

function stored(plan: SyncPlan): SyncPlan {
  // Sound: apply() itself checks what comes back from JSON.
  return JSON.parse(JSON.stringify(plan)) as SyncPlan;
}

function told({ kind, side, path }: Operation): string {
  return `${kind} ${side} ${path}`;
}

function contentsOf({ source, destination }: Pair): Set<string> {
  return new Set(
    [source, destination].flatMap((side) => Object.values(treeOf(side)).filter((content) => content !== '')),
  );
}

/** What the plan replaces or deletes where it still holds: the base has it, and its owner gave it up. */
function givenUp({ base }: Stale): Set<string> {
  return new Set(Object.values(base));
}

function entriesOf(changes: Changes | undefined): Readonly<Record<string, string | undefined>> {
  return typeof changes === 'object' ? changes : {};
}
