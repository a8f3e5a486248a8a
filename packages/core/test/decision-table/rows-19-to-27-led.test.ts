import { describe, test } from 'vitest';
import type { MemoryStorageClient, SyncModeName } from '../../src/index.ts';
import { scenario } from '../support/scenario.ts';
import type { Expected, Scenario } from '../support/story.ts';
import type { Tree } from '../support/tree.ts';

type LedMode = Exclude<SyncModeName, 'two-way'>;

const rename =
  (...steps: readonly (readonly [string, string])[]) =>
  (side: MemoryStorageClient): void => {
    for (const [from, to] of steps) side.rename(from, to);
  };

/**
 * One row in the four modes that have a leader. A mirror holds what its leader holds; a backup holds that too, and
 * beside it every name that it had.
 */
function led(
  name: string,
  story: Omit<Scenario, 'mode' | 'expect'>,
  sides: { readonly source: Tree; readonly destination: Tree },
  backups: { readonly source: Tree; readonly destination: Tree },
): void {
  const promised: Readonly<Record<LedMode, Expected>> = {
    'source-to-destination': { both: sides.source },
    'source-backup': { source: sides.source, destination: backups.destination },
    'destination-to-source': { both: sides.destination },
    'destination-backup': { source: backups.source, destination: sides.destination },
  };
  for (const [mode, expected] of Object.entries(promised)) {
    test(`${name}, ${mode}: the leader's names hold, and a backup loses none`, async () => {
      await scenario({ ...story, mode, expect: expected });
    });
  }
}

describe('renames in modes that have a leader', () => {
  led(
    'row 19: renamed and edited | unchanged',
    {
      base: { p: 'p' },
      source: (side) => {
        side.rename('p', 'q');
        side.put('q', 'edited');
      },
    },
    { source: { q: 'edited' }, destination: { p: 'p' } },
    { source: { p: 'p', q: 'edited' }, destination: { p: 'p', q: 'edited' } },
  );

  led(
    'row 20: renamed | deleted',
    { base: { p: 'p' }, source: rename(['p', 'q']), destination: { p: undefined } },
    { source: { q: 'p' }, destination: {} },
    { source: { q: 'p' }, destination: { q: 'p' } },
  );

  led(
    'row 21: renamed | renamed otherwise',
    { base: { p: 'p' }, source: rename(['p', 'q']), destination: rename(['p', 'r']) },
    { source: { q: 'p' }, destination: { r: 'p' } },
    { source: { q: 'p', r: 'p' }, destination: { q: 'p', r: 'p' } },
  );

  led(
    'row 22: renamed to q | something created at q',
    { base: { p: 'p' }, source: rename(['p', 'q']), destination: { q: 'new' } },
    { source: { q: 'p' }, destination: { p: 'p', q: 'new' } },
    { source: { p: 'p', q: 'new' }, destination: { p: 'p', q: 'p' } },
  );

  led(
    'row 23: p renamed to x | q renamed to x',
    { base: { p: 'first', q: 'second' }, source: rename(['p', 'x']), destination: rename(['q', 'x']) },
    { source: { q: 'second', x: 'first' }, destination: { p: 'first', x: 'second' } },
    {
      source: { p: 'first', q: 'second', x: 'second' },
      destination: { p: 'first', q: 'second', x: 'first' },
    },
  );

  const swapped = { p: 'second', q: 'first' };
  const before = { p: 'first', q: 'second' };
  led(
    'row 24: two names exchanged | unchanged',
    { base: before, source: rename(['p', 't'], ['q', 'p'], ['t', 'q']) },
    { source: swapped, destination: before },
    { source: before, destination: swapped },
  );

  const renamedFolder = { 'e/a': 'a', 'e/b': 'b' };
  const changedFolder = { 'd/a': 'edited', 'd/b': 'b', 'd/c': 'c' };
  led(
    'row 25: directory renamed | changes inside under the old name',
    { base: { 'd/a': 'a', 'd/b': 'b' }, source: rename(['d', 'e']), destination: { 'd/a': 'edited', 'd/c': 'c' } },
    { source: renamedFolder, destination: changedFolder },
    { source: { ...renamedFolder, ...changedFolder }, destination: { ...renamedFolder, ...changedFolder } },
  );

  const dIntoE = { 'e/b': 'b', 'e/d/a': 'a' };
  const eIntoD = { 'd/a': 'a', 'd/e/b': 'b' };
  led(
    'row 26: d into e | e into d',
    { base: { 'd/a': 'a', 'e/b': 'b' }, source: rename(['d', 'e/d']), destination: rename(['e', 'd/e']) },
    { source: dIntoE, destination: eIntoD },
    { source: { ...dIntoE, ...eIntoD }, destination: { ...dIntoE, ...eIntoD } },
  );

  led(
    'row 27: only the case of a name changed | unchanged, where cases are told apart',
    { base: { name: 'content' }, source: rename(['name', 'Name']) },
    { source: { Name: 'content' }, destination: { name: 'content' } },
    { source: { name: 'content', Name: 'content' }, destination: { name: 'content', Name: 'content' } },
  );

  const caseless = { caseSensitive: false } as const;
  for (const mode of ['source-to-destination', 'destination-to-source'] as const) {
    test(`row 27: only the case of a name changed | unchanged, where case is ignored, ${mode}: the leader's spelling`, async () => {
      const both = mode === 'source-to-destination' ? { Name: 'content' } : { name: 'content' };
      const clients = { source: caseless, destination: caseless };
      await scenario({ clients, base: { name: 'content' }, source: rename(['name', 'Name']), mode, expect: { both } });
    });
  }
  for (const mode of ['source-backup', 'destination-backup'] as const) {
    test(`row 27: only the case of a name changed | unchanged, where case is ignored, ${mode}: a backup renames nothing`, async () => {
      await scenario({
        clients: { source: caseless, destination: caseless },
        base: { name: 'content' },
        source: rename(['name', 'Name']),
        mode,
        exempt: (path) => path.toLowerCase() === 'name',
        expect: { source: { Name: 'content' }, destination: { name: 'content' }, operations: [] },
      });
    });
  }
});
