import { mkdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, LocalStorageClient, SyncEngine, SyncEngineError } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair } from '../support/pair.ts';
import { make, treeOf } from '../support/tree.ts';
import { fill, temporaryFolder } from './folders.ts';
import { refusal } from './rail.ts';

/** The roots lie apart by themselves or not at all: no rail, so nothing lifts it. */
const cases: ReadonlyArray<readonly [string, (base: string) => readonly [string, string], ErrorCode | undefined]> = [
  ['one folder', (base) => [join(base, 'a'), join(base, 'a')], 'same-root'],
  ['one folder, spelled in two ways', (base) => [join(base, 'a'), `${base}/a/deep/..//.`], 'same-root'],
  ['one folder, by a relative path', (base) => [join(base, 'a'), relative('.', join(base, 'a'))], 'same-root'],
  ['one folder, by a link', (base) => [join(base, 'a'), join(base, 'link-to-a')], 'same-root'],
  ['one folder, by a link above it', (base) => [join(base, 'a/deep'), join(base, 'link-to-a/deep')], 'same-root'],
  ['one folder that is yet to be made', (base) => [join(base, 'a/none'), join(base, 'link-to-a/none')], 'same-root'],
  ['a folder inside', (base) => [join(base, 'a'), join(base, 'a/deep')], 'nested-roots'],
  ['a folder around', (base) => [join(base, 'a/deep'), join(base, 'a')], 'nested-roots'],
  ['a folder inside, by a link', (base) => [join(base, 'a'), join(base, 'link-to-deep')], 'nested-roots'],
  ['a folder around, by a link', (base) => [join(base, 'a/deep'), join(base, 'link-to-a')], 'nested-roots'],
  ['a folder inside that is yet to be made', (base) => [join(base, 'a'), join(base, 'link-to-a/x/y')], 'nested-roots'],
  ['the whole disk', (base) => [join(base, 'a'), '/'], 'nested-roots'],
  ['neighbours whose names begin alike', (base) => [join(base, 'a'), join(base, 'ab')], undefined],
  ['neighbours in one folder', (base) => [join(base, 'a/deep'), join(base, 'a/deeper')], undefined],
];

test.for(cases)('%s', ([, roots, code]) => {
  const base = temporaryFolder();
  for (const folder of ['a/deep', 'a/deeper', 'ab']) mkdirSync(join(base, folder), { recursive: true });
  symlinkSync('a', join(base, 'link-to-a'));
  symlinkSync(join(base, 'a/deep'), join(base, 'link-to-deep'));
  const [source, destination] = roots(base);
  const make = (): SyncEngine =>
    new SyncEngine({ source: new LocalStorageClient(source), destination: new LocalStorageClient(destination) });
  if (code === undefined) expect(make).not.toThrow();
  else expect(make).toThrow(expect.objectContaining({ constructor: SyncEngineError, code }));
});

describe('one place under two names that nobody can tell apart by their names', () => {
  const ids = { source: { id: 'store://host/one' }, destination: { id: 'store://host/two' } };

  test('is told by its identity, before anything is changed', async () => {
    const pair = new Pair(ids);
    make(pair.source, { a: 'a' });
    make(pair.destination, { b: 'b' });
    const root = await pair.source.stat('');
    const engine = pair.engine({}, { destination: (client) => altered(client, { stat: async () => root }) });
    const allow = ['rail-root-emptied', 'rail-root-missing', 'rail-deletions'] as const;
    expect(await refusal(engine.sync({ allow }))).toMatchObject({ code: 'same-root' });
    expect(await refusal(engine.plan({ allow }))).toMatchObject({ code: 'same-root' });
    expect(treeOf(pair.destination)).toEqual({ b: 'b' });
  });
});

test('a link to a folder outside, inside a root, leads nobody into the other one', async () => {
  const base = temporaryFolder();
  fill(join(base, 'source'), { a: 'a' });
  fill(join(base, 'destination'), { b: 'b' });
  symlinkSync('../destination', join(base, 'source/inside'));
  const client = new LocalStorageClient(join(base, 'source'));
  await expect(client.stat('inside/b')).rejects.toMatchObject({ code: 'outside-root' });
});
