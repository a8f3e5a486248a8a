import { describe, expect, test } from 'vitest';
import { MemoryStorageClient, VersionStore } from '../../src/index.ts';
import { Dice } from '../support/dice.ts';
import { Pair, type PairOptions } from '../support/pair.ts';
import { type Tree, treeOf } from '../support/tree.ts';

const hour = 60 * 60 * 1000;
const mode = 'source-to-destination';
const seed = Number(process.env['SYNCENGINE_SEED'] ?? 14_715);
const rounds = Number(process.env['SYNCENGINE_ROUNDS'] ?? 12);

const names = ['a', 'b', 'c', 'A'];

function paths(dice: Dice): string {
  const depth = 1 + dice.below(3);
  return Array.from({ length: depth }, () => dice.pick(names)).join('/');
}

/** Somebody works on a side: edits, deletions, renames of files and folders, changed types. */
function work(side: MemoryStorageClient, dice: Dice): void {
  for (let change = 1 + dice.below(5); change > 0; change -= 1) {
    const standing = [...side.snapshot().keys()].map((path) => path.replace(/\/$/, ''));
    const [path, other] = [paths(dice), paths(dice)];
    const some = standing.length === 0 || dice.oneIn(3) ? path : dice.pick(standing);
    const attempt = dice.below(6);
    try {
      if (attempt <= 2) side.put(some, `content ${dice.count()}`);
      else if (attempt === 3) side.delete(some);
      else if (attempt === 4) side.rename(some, other);
      else side.putDirectory(path);
    } catch {
      // What cannot be done there is not done: a file stands where a folder is needed, or there is nothing to rename.
    }
  }
}

const worlds: Readonly<Record<string, PairOptions['destination']>> = {
  'a disk': {},
  'a disk without stable ids': { stableIdentity: false },
  'a store that can only write and remove': { trash: 'none', move: false, copy: false },
  'a plain object store': { trash: 'none', move: false, directories: 'implied', permissions: false },
  'a store that keeps versions by itself': { trash: 'native' },
};

/** What an object store can tell: folders follow from the files. */
function told(tree: Tree, isImplied: boolean): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !isImplied || !path.endsWith('/')));
}

describe.for(Object.entries(worlds))('every moment of a random history on %s', ([, destination]) => {
  test(`comes back exactly, elsewhere and in its place (SYNCENGINE_SEED=${seed})`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const dice = new Dice(seed + round);
      const pair = new Pair({ destination });
      const isImplied = destination?.directories === 'implied' || destination?.trash === 'native';
      const moments: { readonly at: number; readonly tree: Tree }[] = [];
      const note = (): void => {
        pair.clock.advance(hour);
        moments.push({ at: pair.clock.now(), tree: told(treeOf(pair.destination), isImplied) });
        pair.clock.advance(hour);
      };
      for (let run = 0; run < 6; run += 1) {
        work(pair.source, dice);
        note();
        const options = { mode, versions: { destination: {} }, maximumDeletions: { share: 1 } };
        const allow = ['rail-root-emptied', 'rail-deletions'] as const;
        const result = await pair.engine(options).sync({ allow });
        expect(result.problems, `round ${round}`).toEqual([]);
      }
      for (const { at, tree } of moments) {
        const to = new MemoryStorageClient({ id: 'memory:elsewhere', clock: pair.clock });
        const result = await new VersionStore(pair.destination, { clock: pair.clock }).restore({ at, to });
        expect({ round, at, problems: result.problems }).toEqual({ round, at, problems: [] });
        expect(told(treeOf(to), isImplied), `round ${round}, at ${new Date(at).toISOString()}`).toEqual(tree);
      }
      // In its place one after the other, in any order: each restoration becomes a part of the history.
      for (let step = 0; step < 3; step += 1) {
        const { at, tree } = dice.pick(moments);
        note();
        const result = await new VersionStore(pair.destination, { clock: pair.clock }).restore({ at, exact: true });
        expect({ round, at, problems: result.problems }).toEqual({ round, at, problems: [] });
        expect(told(treeOf(pair.destination), isImplied), `round ${round}, step ${step}`).toEqual(tree);
      }
    }
  });
});
