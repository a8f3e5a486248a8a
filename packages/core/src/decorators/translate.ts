import { isSyncEngineError, SyncEngineError } from '../errors.ts';
import type { Entry, StorageClient } from '../storage/index.ts';
import { decorate } from './decorate.ts';

/** How paths of a decorated client and of the client inside it belong together. */
export interface PathTranslation {
  /** From a path outside to the path inside. May throw for what cannot be used. */
  inner(path: string): string;
  /** From a path inside to the path outside. */
  outer(path: string): string;
}

/** A client under other paths: every path that goes in or comes out is translated, those in errors too. */
export function translate(client: StorageClient, paths: PathTranslation): StorageClient {
  const shown = <Told extends Entry>(entry: Told): Told => ({ ...entry, path: paths.outer(entry.path) });
  const told = <Result>(call: () => Promise<Result>): Promise<Result> =>
    Promise.resolve()
      .then(call)
      .catch((error: unknown) => {
        throw outerError(error, paths);
      });
  async function* streamed<Chunk>(open: () => AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
    try {
      yield* open();
    } catch (error) {
      throw outerError(error, paths);
    }
  }
  const kept = (path: string | undefined): string | undefined => (path === undefined ? undefined : paths.inner(path));

  return decorate(client, {
    list: (inner) => (directory, options) => streamed(() => shownPages(inner(paths.inner(directory), options), shown)),
    place: (path) => paths.inner(path),
    // A feed needs all that was told with its cursor, and under other paths that is not what was told.
    without: 'changes',
    listRecursive: (inner) => (options) =>
      streamed(() => {
        const boundaries = options?.boundaries?.map((path) => paths.inner(path));
        return shownPages(inner({ ...options, boundaries }), shown);
      }),
    stat: (inner) => (path, options) =>
      told(async () => {
        const entry = await inner(paths.inner(path), options);
        return entry === undefined ? undefined : shown(entry);
      }),
    read: (inner) => (path, options) => streamed(() => inner(paths.inner(path), options)),
    readAll: (inner) => (path, options) => told(() => inner(paths.inner(path), options)),
    write: (inner) => (path, content, options) =>
      told(async () => {
        const keepReplacedAt = kept(options?.keepReplacedAt);
        return shown(await inner(paths.inner(path), content, { ...options, keepReplacedAt }));
      }),
    remove: (inner) => (path, options) => told(() => inner(paths.inner(path), options)),
    makeDirectory: (inner) => (path, options) => told(async () => shown(await inner(paths.inner(path), options))),
    move: (inner) => (from, to, options) => told(() => inner(paths.inner(from), paths.inner(to), options)),
    copy: (inner) => (from, to, options) =>
      told(async () => shown(await inner(paths.inner(from), paths.inner(to), options))),
    copyFrom: (inner) => (other, from, to, options) =>
      told(async () => {
        const keepReplacedAt = kept(options.keepReplacedAt);
        const copied = await inner(other, from, paths.inner(to), { ...options, keepReplacedAt });
        return copied === undefined ? undefined : shown(copied);
      }),
    versions: (inner) => (path, options) =>
      streamed(async function* () {
        for await (const page of inner(paths.inner(path), options)) {
          yield page.map((version) => ({ ...version, path: paths.outer(version.path) }));
        }
      }),
    readVersion: (inner) => (path, id, options) => streamed(() => inner(paths.inner(path), id, options)),
    restoreVersion: (inner) => (path, id, options) =>
      told(async () => shown(await inner(paths.inner(path), id, options))),
    abandon: (inner) => (path, token, options) => told(() => inner(paths.inner(path), token, options)),
    hash: (inner) => (path, algorithm, options) => told(() => inner(paths.inner(path), algorithm, options)),
    makeSymlink: (inner) => (path, target, options) =>
      told(async () => {
        const keepReplacedAt = kept(options?.keepReplacedAt);
        return shown(await inner(paths.inner(path), target, { ...options, keepReplacedAt }));
      }),
    setMetadata: (inner) => (path, change, options) =>
      told(async () => shown(await inner(paths.inner(path), change, options))),
  });
}

async function* shownPages(
  pages: AsyncIterable<readonly Entry[]>,
  shown: (entry: Entry) => Entry,
): AsyncGenerator<readonly Entry[]> {
  for await (const page of pages) yield page.map(shown);
}

/** The same error with its path as it is outside. */
export function outerError(error: unknown, paths: PathTranslation): unknown {
  if (!isSyncEngineError(error) || error.path === undefined) return error;
  const { code, message, side, retry, details } = error;
  return new SyncEngineError(code, message, { cause: error, path: paths.outer(error.path), side, retry, details });
}
