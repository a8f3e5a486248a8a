import { isSyncEngineError } from '../errors.ts';
import { byteLength, childOf, isWithin, requireValidPath } from '../paths/index.ts';
import type { Entry, StorageCapabilities, StorageClient } from '../storage/index.ts';
import { failure, unsupported } from '../storage-failures.ts';
import { decorate } from './decorate.ts';
import { translate } from './translate.ts';

/**
 * A directory of a client as a client of its own: what is at `directory/a` there is at `a` here, and the names that errors
 * tell are those of here. What the client stages stays in its own reserved folder. Links are held to the root of the
 * client, not to the directory. A directory that is missing comes into being with the first thing that is put into it.
 *
 * @param directory its path inside the client; `''` gives the client itself
 * @throws SyncEngineError `invalid-name`
 */
export function prefixed(client: StorageClient, directory: string): StorageClient {
  requireValidPath(directory);
  if (directory === '') return client;
  // A directory that is only implied is there even when nothing is in it, as the root of such a store always is.
  const isImplied = client.capabilities.directories === 'implied';
  const part = decorate(client, {
    listRecursive: (inner) => (options) => partOf(inner(options), directory, isImplied),
  });
  const translated = translate(part, {
    inner: (path) => (path === '' ? directory : childOf(directory, path)),
    outer: (path) => (isWithin(path, directory) ? path.slice(directory.length + 1) : path),
  });
  return decorate(translated, {
    id: `${client.id}/${directory}`,
    capabilities: shortened(client.capabilities, byteLength(directory) + 1),
    list: (inner) => (path, options) =>
      isImplied && path === '' ? listRoot(inner(path, options)) : inner(path, options),
    stat: (inner) => async (path, options) => {
      const entry = await inner(path, options);
      return entry === undefined && isImplied && path === '' ? { kind: 'directory', path } : entry;
    },
    // What may not be done to a root; for the client inside, it would be a path as any other.
    write: (inner) => async (path, content, options) => inner(belowRoot(path), content, options),
    copyFrom: (inner) => async (other, from, to, options) => inner(other, from, belowRoot(to), options),
    makeSymlink: (inner) => async (path, target, options) => inner(belowRoot(path), target, options),
    remove: (inner) => async (path, options) => {
      if (path === '') throw unsupported(path, 'is never removed');
      return inner(path, options);
    },
    move: (inner) => async (from, to, options) => {
      if (from === '') throw unsupported(from, 'cannot be moved into itself');
      return inner(from, to, options);
    },
  });
}

/** What is below a directory, out of a walk through the whole client. */
async function* partOf(
  pages: AsyncIterable<readonly Entry[]>,
  directory: string,
  isThereAnyway: boolean,
): AsyncGenerator<readonly Entry[]> {
  let isThere = isThereAnyway;
  for await (const page of pages) {
    const inside = page.filter((entry) => isWithin(entry.path, directory));
    const below = inside.filter((entry) => entry.path !== directory);
    if (below.length > 0) yield below;
    // In canonical order a directory and what it holds stand together.
    if (inside.length === 0 && isThere && !isThereAnyway) break;
    isThere ||= inside.some((entry) => entry.path === directory && entry.kind === 'directory');
  }
  if (!isThere) throw failure('not-found', directory);
}

async function* listRoot(pages: AsyncIterable<readonly Entry[]>): AsyncGenerator<readonly Entry[]> {
  try {
    yield* pages;
  } catch (error) {
    if (!isSyncEngineError(error, 'not-found')) throw error;
  }
}

function belowRoot(path: string): string {
  if (path === '') throw failure('is-a-directory', path);
  return path;
}

function shortened(capabilities: StorageCapabilities, bytes: number): StorageCapabilities {
  const { maximumPathBytes } = capabilities.names;
  if (maximumPathBytes === undefined) return capabilities;
  return { ...capabilities, names: { ...capabilities.names, maximumPathBytes: maximumPathBytes - bytes } };
}
