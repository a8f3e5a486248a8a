import type { Entry } from '../storage/index.ts';

/** True for the root told as an entry of itself, which says nothing. */
export function isRootItself(entry: Entry): boolean {
  return entry.path === '' && entry.kind === 'directory';
}

/** A file without a name would pass for the root: it gets the path that an empty name has. */
export function rawPath(entry: Entry): Entry {
  return entry.path === '' ? { ...entry, path: '/' } : entry;
}
