import { compareUtf8, type Entry } from '@syncengine/core';
import { entryOfNamesakes } from './entry.ts';
import type { DriveTree } from './tree.ts';

/** Entries of a page. */
const pageSize = 1024;

/** The children of a folder, in no order. */
export function childrenOf(tree: DriveTree, folderId: string, path: string): Entry[] {
  return [...tree.names(folderId)].map((name) => entryOfNamesakes(path, name, tree.named(folderId, name)));
}

/** All that lies below the root, in canonical order. */
export function wholeTree(tree: DriveTree): Entry[] {
  const all: Entry[] = [];
  const stack = [...inOrder(tree, tree.rootId, '')].reverse();
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    all.push(entry);
    // By its path a folder is unmistakable here: of several alike, none is told as a directory.
    if (entry.kind !== 'directory' || entry.identity === undefined) continue;
    for (const child of inOrder(tree, entry.identity, entry.path).reverse()) stack.push(child);
  }
  return all;
}

/** Cuts entries into pages. */
export function* pagesOf(entries: readonly Entry[]): Generator<readonly Entry[]> {
  for (let start = 0; start < entries.length; start += pageSize) yield entries.slice(start, start + pageSize);
}

function inOrder(tree: DriveTree, folderId: string, path: string): Entry[] {
  const key = (entry: Entry): string => (entry.kind === 'directory' ? `${entry.path}/` : entry.path);
  return childrenOf(tree, folderId, path).sort((left, right) => compareUtf8(key(left), key(right)));
}
