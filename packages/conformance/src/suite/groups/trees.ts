import type { Entry, StorageClient } from '@syncengine/core';
import { listed, put } from '../looking.ts';
import { compareBytes, isReserved, nameOf } from '../names.ts';

/** Names around the slash in byte order, and beyond the characters of one UTF-16 unit. */
export const treePaths: readonly string[] = [
  ...['a/x', 'a/y/z', 'a/y0', 'a.b', 'a-', 'a0', 'a!', 'b/c/d', 'b/c.d', 'b0', 'Z', 'z/é', 'é', 'é/ü'],
  ...['\uffff', '😀', '😀/x', '\ue000', ' ', 'a b/c'],
].filter((path, _, all) => !all.some((other) => other.startsWith(`${path}/`)));

/** What the client can hold, and tells by the very names that were written. */
export function canBeIn(client: StorageClient): (path: string) => boolean {
  const { names, unicode, caseSensitive } = client.capabilities;
  const form = { preserved: undefined, composed: 'NFC', decomposed: 'NFD' }[unicode];
  return (path) => {
    if (form !== undefined && path.normalize(form) !== path) return false;
    if (!caseSensitive && path !== path.toLowerCase()) return false;
    return path.split('/').every((name) => !names.forbidden?.test(name) && !names.reserved?.test(name));
  };
}

/** All that a stream of the whole tree tells, as far as every client has to tell it. */
export async function told(client: StorageClient, pages: AsyncIterable<readonly Entry[]>): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of pages) entries.push(...page);
  // Directories that are only implied may be told or not, and what lies below the reserved folder too.
  const isImplied = client.capabilities.directories === 'implied';
  return entries.filter((entry) => !isReserved(entry.path) && !(isImplied && entry.kind === 'directory'));
}

/** The same as `list` tells it: depth first, each directory in canonical order. */
export async function walk(client: StorageClient): Promise<Entry[]> {
  const isImplied = client.capabilities.directories === 'implied';
  const entries = await walkThrough(client, '');
  return entries.filter((entry) => !isReserved(entry.path) && !(isImplied && entry.kind === 'directory'));
}

/** All below a directory, as `list` tells it. */
export async function walkThrough(client: StorageClient, directory: string): Promise<Entry[]> {
  const key = (entry: Entry): string => nameOf(entry.path) + (entry.kind === 'directory' ? '/' : '');
  const entries: Entry[] = [];
  for (const entry of (await listed(client, directory)).sort((a, b) => compareBytes(key(a), key(b)))) {
    entries.push(entry);
    if (entry.kind === 'directory') entries.push(...(await walkThrough(client, entry.path)));
  }
  return entries;
}

/** Writes files, so many at once as the client finds sensible. */
export async function fill(client: StorageClient, paths: readonly string[]): Promise<void> {
  const left = [...paths];
  const work = async (): Promise<void> => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) await put(client, path, path);
  };
  await Promise.all(Array.from({ length: client.capabilities.concurrency.transfers }, work));
}

export function numbered(index: number): string {
  return String(index).padStart(5, '0');
}
