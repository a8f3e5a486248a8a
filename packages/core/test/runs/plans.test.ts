import { describe, expect, test } from 'vitest';
import { parsePlan, type SyncPlan } from '../../src/index.ts';
import type { Pair } from '../support/pair.ts';
import { requireSettled } from '../support/promises.ts';
import { prepared } from '../support/scenario.ts';
import { type Changes, make, treeOf } from '../support/tree.ts';

const base = { edited: '1', gone: 'g', 'tree/a': 'a', 'turns/b': 'b', moved: 'm', touched: 't' };

/** A plan with every kind of operation, made a while ago. */
async function planned(mode = 'two-way'): Promise<{ readonly pair: Pair; readonly plan: SyncPlan }> {
  const pair = await prepared({
    mode,
    base,
    source: (side) => {
      make(side, { edited: '2', gone: undefined, tree: undefined, turns: 'file', new: 'n', 'folder/x': 'x' });
      side.rename('moved', 'renamed');
      side.touch('touched', { modifiedAt: 1_700_000_000_000 });
    },
    expect: {},
  });
  const plan: unknown = JSON.parse(JSON.stringify(await pair.engine({ mode }).plan()));
  return { pair, plan: parsePlan(plan) };
}

function contents(pair: Pair): Set<string> {
  return new Set([
    ...pair.source.snapshot({ reserved: true }).values(),
    ...pair.destination.snapshot({ reserved: true }).values(),
  ]);
}

describe('a plan that is applied later', () => {
  test('is plain data: it survives JSON, and says of every operation why', async () => {
    const { pair, plan } = await planned();
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    for (const operation of plan.operations) expect(operation.reason, operation.path).toMatch(/\w+/);
    expect(new Set(plan.operations.map(({ kind }) => kind))).toEqual(
      new Set(['create', 'update', 'delete', 'move', 'make-directory', 'set-metadata']),
    );
    const result = await pair.engine().apply(plan);
    expect(result).toMatchObject({ status: 'clean', operations: plan.operations });
    expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
    requireSettled(await pair.engine().plan());
  });

  test('applied twice, it does nothing wrong the second time', async () => {
    const { pair, plan } = await planned();
    await pair.engine().apply(plan);
    const before = treeOf(pair.destination);
    await pair.engine().apply(plan);
    expect(treeOf(pair.destination)).toEqual(before);
    expect(treeOf(pair.source)).toEqual(before);
    expect((await pair.engine().sync()).status).toBe('clean');
    expect(treeOf(pair.source)).toEqual(before);
  });

  const meanwhile: Readonly<Record<string, Changes>> = {
    'the destination edited everything': {
      edited: 'e1',
      gone: 'e2',
      'tree/a': 'e3',
      'turns/b': 'e4',
      moved: 'e5',
      touched: 'e6',
      new: 'e7',
      folder: 'e8',
      renamed: 'e9',
    },
    'the destination deleted everything': (side) => {
      for (const path of ['edited', 'gone', 'tree', 'turns', 'moved', 'touched']) side.delete(path);
    },
    'the destination added to its folders': { 'tree/new': 'e1', 'turns/new': 'e2', 'folder/x': 'e3' },
    'the destination turned files into folders and back': {
      edited: undefined,
      'edited/x': 'e1',
      gone: undefined,
      'gone/x': 'e2',
      tree: 'e3',
      'new/x': 'e4',
    },
  };

  for (const mode of ['two-way', 'source-to-destination']) {
    for (const [what, changes] of Object.entries(meanwhile)) {
      test(`${mode}: stale because ${what}, it is refused operation by operation and nothing is lost`, async () => {
        const { pair, plan } = await planned(mode);
        make(pair.destination, changes);
        const before = contents(pair);
        const result = await pair.engine({ mode }).apply(plan);
        const left = contents(pair);
        for (const content of before) expect(left.has(content), content).toBe(true);
        const failed = new Set(result.problems.map(({ code }) => code));
        const refusals = [
          'precondition-failed',
          'dependency-failed',
          'already-exists',
          'not-empty',
          'not-found',
          'not-a-directory',
          'is-a-directory',
        ];
        for (const code of failed) expect(refusals).toContain(code);
        pair.clock.advance();
        const next = await pair.engine({ mode, maximumDeletions: { share: 1 } }).sync();
        expect(next.status).toBe('clean');
        expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
        for (const content of before) expect(contents(pair).has(content), content).toBe(true);
      });
    }
  }

  test('stale because the source changed: what is read is not what was planned, so it is not committed', async () => {
    const { pair, plan } = await planned();
    make(pair.source, { edited: '3', new: 'other', 'folder/x': undefined });
    const result = await pair.engine().apply(plan);
    expect(result.problems.map(({ side, path, code }) => `${side} ${path} ${code}`).sort()).toEqual([
      'source edited source-changed',
      'source folder/x not-found',
      'source new source-changed',
    ]);
    expect(pair.destination.text('edited')).toBe('1');
    expect(pair.destination.text('new')).toBeUndefined();
  });

  test('stale because another run came first: the base of that run is not overwritten by what the plan merely noted', async () => {
    const { pair, plan } = await planned();
    make(pair.destination, { gone: 'survives' });
    await pair.engine().sync();
    const known = await pair.known();
    await pair.engine().apply(plan);
    expect(await pair.known()).toEqual(known);
    requireSettled(await pair.engine().plan());
  });
});

describe('a plan that is not to be applied', () => {
  test('one for another pair is refused', async () => {
    const { pair, plan } = await planned();
    await expect(pair.engine().apply({ ...plan, destination: 'memory:elsewhere' })).rejects.toMatchObject({
      code: 'plan-mismatch',
    });
  });

  test('one that does not pass the rails is refused until they are lifted', async () => {
    const pair = await prepared({ mode: 'two-way', base, source: { gone: undefined, edited: undefined }, expect: {} });
    const engine = pair.engine({ maximumDeletions: { files: 1 } });
    const plan = await engine.plan();
    expect(plan.stops.map(({ code }) => code)).toEqual(['rail-deletions']);
    await expect(engine.apply(plan)).rejects.toMatchObject({ code: 'rail-deletions' });
    expect((await engine.apply(plan, { allow: ['rail-deletions'] })).status).toBe('clean');
  });

  test('a malformed one, or one that leads out of the roots, is refused as a whole', async () => {
    const { pair, plan } = await planned();
    const before = treeOf(pair.destination);
    const [first, ...rest] = plan.operations;
    const withFirst = (change: object): unknown => ({ ...plan, operations: [{ ...first, ...change }, ...rest] });
    const malformed: readonly unknown[] = [
      undefined,
      'plan',
      {},
      { ...plan, format: 'other' },
      { ...plan, formatVersion: 2 },
      { ...plan, operations: 'none' },
      withFirst({ path: '../outside' }),
      withFirst({ path: '/etc/passwd' }),
      withFirst({ path: '' }),
      withFirst({ side: 'both' }),
      withFirst({ kind: 'format' }),
      withFirst({ id: rest[0]?.id }),
      withFirst({ phase: 'whenever' }),
    ];
    for (const value of malformed) {
      // As a program without types would.
      await expect(pair.engine().apply(value as SyncPlan)).rejects.toMatchObject({ code: 'plan-invalid' });
    }
    expect(treeOf(pair.destination)).toEqual(before);
  });

  test('a deletion or an overwriting without its precondition is refused', async () => {
    const { pair, plan } = await planned();
    for (const kind of ['delete', 'update'] as const) {
      const operations = plan.operations.map((operation) =>
        operation.kind === kind
          ? { ...operation, expected: undefined, ...(kind === 'delete' ? { entryKind: 'file' } : {}) }
          : operation,
      );
      // As a program without types would.
      const apply = pair.engine().apply({ ...plan, operations } as SyncPlan);
      await expect(apply).rejects.toMatchObject({ code: 'plan-invalid' });
    }
  });
});
