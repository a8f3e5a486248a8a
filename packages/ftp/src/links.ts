import { childOf, type Entry, isWithin, parentOf, type SymlinkEntry } from '@syncengine/core';
import type { Connection } from './connection.ts';
import type { Parts } from './parts.ts';

/** Links that lead to links are followed so many times. */
const longestChain = 40;

/**
 * What a link points to, told under the link's own path. The link itself where it leads nowhere, out of the root, or to a
 * directory that lies above it.
 */
export async function resolveLink(
  parts: Parts,
  connection: Connection,
  link: SymlinkEntry,
  signal?: AbortSignal,
): Promise<Entry> {
  const above = await realPath(parts, connection, parentOf(link.path), signal);
  if (above === undefined) return link;
  const directory = await realPath(parts, connection, link.path, signal);
  if (directory !== undefined) {
    return isWithin(above, directory) ? link : { kind: 'directory', path: link.path };
  }
  let from = above;
  let { target } = link;
  for (let step = 0; step < longestChain; step += 1) {
    const path = pathBehind(parts, from, target);
    if (path === undefined) return link;
    const parent = await realPath(parts, connection, parentOf(path), signal);
    if (parent === undefined) return link;
    const real = childOf(parent, path.slice(path.lastIndexOf('/') + 1));
    const entry = await parts.looker.stat(connection, real, signal);
    if (entry?.kind === 'file') return { ...entry, path: link.path };
    if (entry?.kind !== 'symlink') return link;
    from = parent;
    ({ target } = entry);
  }
  return link;
}

/** Where a directory really lies below the root, after links; `undefined` where it does not, or is none. */
async function realPath(
  { territory }: Parts,
  connection: Connection,
  directory: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { commands, read } = territory.locate(directory);
  return read(await connection.exchange(commands, signal));
}

/** The path below the root that a target names; `undefined` where it names none. */
function pathBehind({ territory }: Parts, directory: string, target: string): string | undefined {
  const root = territory.place('');
  let path = directory;
  let rest = target;
  if (target.startsWith('/')) {
    if (root !== '/' && !target.startsWith(`${root}/`)) return undefined;
    rest = root === '/' ? target : target.slice(root.length);
    path = '';
  }
  for (const name of rest.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..' && path === '') return undefined;
    path = name === '..' ? parentOf(path) : childOf(path, name);
  }
  return path === '' ? undefined : path;
}
