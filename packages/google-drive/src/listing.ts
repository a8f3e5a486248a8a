import { compareUtf8, type Entry, nameProblem } from '@syncengine/core';
import type { Documents } from './documents.ts';
import type { DriveFile } from './drive-file.ts';
import { entryOfNamesakes } from './entry.ts';
import type { DriveTree } from './tree.ts';

/** Entries of a page. */
const pageSize = 1024;

/** The children of a folder, in no order. */
export function childrenOf(tree: DriveTree, folderId: string, path: string, documents: Documents): Entry[] {
  const entries: Entry[] = [];
  for (const name of tree.names(folderId)) {
    const files = tree.named(folderId, name);
    const shown =
      files.length === 1 ? files.flatMap((file) => shownDocument(tree, folderId, path, file, documents)) : [];
    entries.push(...(shown.length > 0 ? shown : [entryOfNamesakes(path, name, files)]));
  }
  return entries;
}

/** A document under the name of its export, unless something really has that name. */
function shownDocument(
  tree: DriveTree,
  folderId: string,
  path: string,
  file: DriveFile,
  documents: Documents,
): readonly Entry[] {
  const name = documents.shownName(file);
  if (name === undefined || nameProblem(name) !== undefined || tree.named(folderId, name).length > 0) return [];
  const entry = documents.entryOf(path, file);
  return entry === undefined ? [] : [entry];
}

/** The files that are right in a folder. */
export function filesIn(tree: DriveTree, folderId: string): DriveFile[] {
  return [...tree.names(folderId)].flatMap((name) => tree.named(folderId, name));
}

/** All that lies below the root, in canonical order. */
export function wholeTree(tree: DriveTree, documents: Documents): Entry[] {
  const all: Entry[] = [];
  const stack = [...inOrder(tree, tree.rootId, '', documents)].reverse();
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    all.push(entry);
    // By its path a folder is unmistakable here: of several alike, none is told as a directory.
    if (entry.kind !== 'directory' || entry.identity === undefined) continue;
    for (const child of inOrder(tree, entry.identity, entry.path, documents).reverse()) stack.push(child);
  }
  return all;
}

/** Cuts entries into pages. */
export function* pagesOf(entries: readonly Entry[]): Generator<readonly Entry[]> {
  for (let start = 0; start < entries.length; start += pageSize) yield entries.slice(start, start + pageSize);
}

function inOrder(tree: DriveTree, folderId: string, path: string, documents: Documents): Entry[] {
  const key = (entry: Entry): string => (entry.kind === 'directory' ? `${entry.path}/` : entry.path);
  return childrenOf(tree, folderId, path, documents).sort((left, right) => compareUtf8(key(left), key(right)));
}
