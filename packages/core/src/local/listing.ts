import { lstatSync, readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { isSyncEngineError } from '../errors.ts';
import { childOf } from '../paths/index.ts';
import type { Entry, LookOptions } from '../storage/index.ts';
import type { Breath } from './breath.ts';
import { entryOf, isUtf8, printable, replacement, unreadableName } from './entry.ts';
import { isMissing, localFailure } from './errors.ts';
import type { Root } from './root.ts';

/** Small enough that nothing else waits long while a page is looked at. */
const pageSize = 512;

/** The children of a directory; `list` of the protocol. */
export async function* listDirectory(
  root: Root,
  breath: Breath,
  directory: string,
  options: LookOptions,
): AsyncGenerator<readonly Entry[]> {
  await breath.before(2);
  options.signal?.throwIfAborted();
  const absolute = root.follow(directory);
  const { names, undecodable } = namesIn(absolute, directory);
  if (undecodable.length > 0) yield undecodable;
  for (let start = 0; start < names.length; start += pageSize) {
    const page = names.slice(start, start + pageSize);
    await breath.before(page.length);
    options.signal?.throwIfAborted();
    yield lookAt(root, absolute, directory, page, options.followSymlinks ?? false);
  }
}

/** A link told as what it points to, where that is allowed; every other entry as it is. */
export function followedEntry(root: Root, entry: Entry, absolute: string): Entry {
  if (entry.kind !== 'symlink') return entry;
  const target = root.followed(entry.path, absolute);
  return target === undefined ? entry : entryOf(entry.path, target.absolute, target.stats);
}

function lookAt(root: Root, absolute: string, directory: string, names: readonly string[], follow: boolean): Entry[] {
  const entries: Entry[] = [];
  for (const name of names) {
    const path = childOf(directory, name);
    const place = `${absolute}${sep}${name}`;
    try {
      const stats = lstatSync(place, { throwIfNoEntry: false });
      if (stats === undefined) continue;
      const entry = entryOf(path, place, stats);
      entries.push(follow ? followedEntry(root, entry, place) : entry);
    } catch (error) {
      // A name that was there and now is not: taken away while we looked.
      if (!isMissing(error)) entries.push(unknownEntry(error, path));
    }
  }
  return entries;
}

function unknownEntry(error: unknown, path: string): Entry {
  const reason = localFailure(error, path, 'looked at', 'unreadable');
  if (!isSyncEngineError(reason)) throw reason;
  return { kind: 'unknown', path, code: reason.code, message: reason.message };
}

function namesIn(
  absolute: string,
  directory: string,
): { readonly names: readonly string[]; readonly undecodable: readonly Entry[] } {
  try {
    const names = readdirSync(absolute);
    // Only bytes that are no UTF-8, or a rare honest name, show as the replacement character: look at the bytes then.
    if (!names.some((name) => name.includes(replacement))) return { names, undecodable: [] };
    const raw = readdirSync(absolute, { encoding: 'buffer' });
    return {
      names: raw.filter(isUtf8).map((name) => name.toString('utf8')),
      undecodable: raw.filter((name) => !isUtf8(name)).map((name) => undecodableEntry(directory, name)),
    };
  } catch (error) {
    throw localFailure(error, directory, 'listed', 'unreadable');
  }
}

function undecodableEntry(directory: string, name: Buffer): Entry {
  const path = childOf(directory, printable(name));
  return unreadableName(path, `The name ${path} is no valid UTF-8; rename it, and it will be synchronised.`);
}
