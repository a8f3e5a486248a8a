import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from './random.ts';

/** Files by path, with the digest of their content: short enough to read in a failure. */
export type Tree = Map<string, string>;

/** What stands below a folder, without what SyncEngine keeps there for itself. */
export function readTree(folder: string): Tree {
  const tree: Tree = new Map();
  const walk = (directory: string): void => {
    for (const entry of readdirSync(join(folder, directory), { withFileTypes: true })) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.name === '.syncengine') continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) tree.set(path, digest(readFileSync(join(folder, path))));
    }
  };
  walk('');
  return new Map([...tree].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}

/** @returns the digest of the content */
function write(folder: string, path: string, content: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
  return digest(content);
}

/** Writes `count` files into folders of some depth, with contents of very different sizes. */
export function writeRandomTree(random: Random, folder: string, count: number): Tree {
  const tree: Tree = new Map();
  for (let index = 0; index < count; index += 1) {
    const folders = Array.from({ length: random.below(4) }, () => `folder-${random.below(6)}`);
    const path = [...folders, `file-${index}.txt`].join('/');
    tree.set(path, write(folder, path, content(random, `file ${index}`)));
  }
  return tree;
}

/**
 * Edits, deletions and additions, on either side or on both, and what both sides must hold after a two-way run.
 * Files that were edited on both sides are told apart: there a conflict copy appears.
 */
export function changeBothSides(random: Random, source: string, destination: string, before: Tree, round: number) {
  const expected: Tree = new Map(before);
  const conflicts = new Map<string, { readonly source: string; readonly destination: string }>();
  for (const path of random.sample([...before.keys()], Math.floor(before.size * 0.3))) {
    const folder = random.next() < 0.5 ? source : destination;
    const kind = random.below(10);
    if (kind < 3) {
      rmSync(join(folder, path));
      expected.delete(path);
    } else if (kind < 9) {
      expected.set(path, write(folder, path, content(random, `edit ${round} of ${path}`)));
    } else {
      const edits = {
        source: write(source, path, content(random, `source ${round}`)),
        destination: write(destination, path, content(random, `destination ${round}`)),
      };
      expected.set(path, edits.source);
      conflicts.set(path, edits);
    }
  }
  for (let index = 0; index < before.size * 0.1; index += 1) {
    const path = `folder-${random.below(6)}/added-${round}-${index}.txt`;
    const folder = random.next() < 0.5 ? source : destination;
    expected.set(path, write(folder, path, content(random, `added ${round} ${index}`)));
  }
  return { expected, conflicts };
}

function content(random: Random, head: string): string {
  const size = random.next() < 0.02 ? random.below(300_000) : random.below(3_000);
  return `${head} ${random.below(1_000_000_000)} `.repeat(Math.ceil(size / 40) + 1);
}
