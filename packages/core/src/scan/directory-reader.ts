import { asSyncEngineError, isAbortError, isSyncEngineError, type Side, SyncEngineError } from '../errors.ts';
import type { IgnoreChain, IgnoreFileManager } from '../ignore/index.ts';
import type { Observation, ScannedItem } from '../join/index.ts';
import {
  type CaseFolding,
  childOf,
  compareUtf8,
  joinKey,
  nameOf,
  nameProblem,
  orderKey,
  parentOf,
  reservedName,
  unsupportedName,
} from '../paths/index.ts';
import {
  collectBytes,
  type DirectoryEntry,
  type Entry,
  type StorageClient,
  type UnknownEntry,
} from '../storage/index.ts';
import { isAt, type Landmark } from './landmark.ts';
import { type ScanFilter, type SymlinkPolicy, symlinkExclusion } from './policy.ts';

/** A child as it will be delivered; directories that are looked into are completed by their own listing. */
export interface ScannedChild {
  readonly item: ScannedItem;
  readonly path: string;
  readonly key: string;
  readonly descend: boolean;
  readonly parentIgnore: IgnoreChain;
}

export interface ScannedDirectory {
  /** In canonical order. */
  readonly children: readonly ScannedChild[];
  readonly ignore: IgnoreChain;
  /** Why the directory could not be read to the end; its children are then unknown. */
  readonly problem: SyncEngineError | undefined;
}

export interface DirectoryReaderOptions {
  readonly client: StorageClient;
  readonly side: Side;
  readonly other: StorageClient;
  readonly folding: CaseFolding;
  readonly ignore: IgnoreFileManager;
  readonly symlinks?: SymlinkPolicy | undefined;
  readonly filter?: ScanFilter | undefined;
  readonly landmarks?: readonly Landmark[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Largest ignore file that is read; a larger one is refused. Bytes. */
const largestIgnoreFile = 1024 * 1024;

/** Lists one directory and says of each child what the pair has to know of it. */
export class DirectoryReader {
  readonly #options: DirectoryReaderOptions;

  constructor(options: DirectoryReaderOptions) {
    this.#options = options;
  }

  /** Never rejects for what the store answers: that becomes the `problem` of the directory. */
  async read(path: string, key: string, parentIgnore: IgnoreChain): Promise<ScannedDirectory> {
    try {
      const entries = await this.#list(path);
      const ignore = await this.#enter(path, parentIgnore, entries);
      const prefix = key === '' ? '' : `${key}/`;
      return { children: this.#arrange(path, prefix, entries, ignore), ignore, problem: undefined };
    } catch (error) {
      if (isAbortError(error) || isSyncEngineError(error, 'nested-roots')) throw error;
      return { children: [], ignore: parentIgnore, problem: asSyncEngineError(error, path) };
    }
  }

  async #list(directory: string): Promise<Entry[]> {
    const { client, signal, symlinks } = this.#options;
    const entries: Entry[] = [];
    const followSymlinks = symlinks === 'follow';
    for await (const page of client.list(directory, { signal, followSymlinks })) {
      for (const entry of page) if (nameOf(entry.path) !== reservedName) entries.push(entry);
    }
    return entries;
  }

  async #enter(path: string, parent: IgnoreChain, entries: readonly Entry[]): Promise<IgnoreChain> {
    const { client, ignore, signal } = this.#options;
    const file = entries.find((entry) => entry.kind === 'file' && nameOf(entry.path) === ignore.fileName);
    if (file?.kind !== 'file') return ignore.enter(parent, path, undefined, '');
    if (file.size > largestIgnoreFile) {
      throw new SyncEngineError(
        'invalid-ignore-file',
        `The ignore file ${file.path} is larger than ${largestIgnoreFile} bytes; shorten it, or choose another name for ignore files.`,
        { path: file.path },
      );
    }
    const bytes = await collectBytes(client.read(file.path, { signal }));
    return ignore.enter(parent, path, new TextDecoder().decode(bytes), file.path);
  }

  #arrange(directory: string, prefix: string, entries: readonly Entry[], ignore: IgnoreChain): ScannedChild[] {
    const byKey = new Map<string, ScannedChild>();
    const collided: ScannedChild[] = [];
    for (const entry of entries) {
      const child = this.#child(directory, prefix, entry, ignore);
      const twin = byKey.get(child.key);
      if (twin === undefined || twin.item.observation.state === 'excluded') byKey.set(child.key, child);
      else if (child.item.observation.state !== 'excluded') collided.push(twin, child);
    }
    // What is said of them must not depend on the order in which a store happens to list them.
    collided.sort((left, right) => compareUtf8(left.path, right.path));
    for (const child of collided) {
      const first = collided.find((other) => other.key === child.key);
      if (first !== undefined && first.path !== child.path) byKey.set(child.key, this.#collision(first, child));
    }
    return [...byKey.values()].sort((left, right) => compareUtf8(left.item.orderKey, right.item.orderKey));
  }

  #child(directory: string, prefix: string, entry: Entry, ignore: IgnoreChain): ScannedChild {
    const key = prefix + joinKey(nameOf(entry.path), this.#options.folding);
    const isDirectory = entry.kind === 'directory';
    const observation = this.#observe(directory, entry, ignore);
    const passage = isDirectory && this.#options.filter?.(entry.path, true) === 'pass';
    // Of what is unknown not even the kind is known; it takes the place where a directory would hide its children.
    const item: ScannedItem = {
      orderKey: orderKey(key, isDirectory || observation.state === 'unknown'),
      key,
      path: entry.path,
      observation,
      passage,
    };
    const descend = isDirectory && observation.state === 'present';
    return { item, path: entry.path, key, descend, parentIgnore: ignore };
  }

  #observe(directory: string, entry: Entry, ignore: IgnoreChain): Observation {
    const name = nameOf(entry.path);
    const invalid =
      childOf(directory, name) === entry.path ? nameProblem(name) : 'the entry does not lie in this directory';
    if (invalid !== undefined)
      return unknown('invalid-name', `${JSON.stringify(entry.path)} is left alone: ${invalid}.`);
    if (entry.kind === 'unknown') return unknown(entry.code, entry.message);
    const isDirectory = entry.kind === 'directory';
    if (this.#options.ignore.excludes(ignore, entry.path, isDirectory)) return excluded('ignored');
    if (this.#options.filter?.(entry.path, isDirectory) === 'exclude') return excluded('filtered out');
    if (entry.kind === 'directory' && this.#isState(entry))
      return excluded('the memory of pairs is never synchronised');
    if (entry.kind === 'other') return excluded(`a ${entry.what} is never synchronised`);
    const { other } = this.#options;
    if (entry.kind === 'symlink') {
      const reason = symlinkExclusion(entry, this.#options.symlinks ?? 'safe', other.capabilities.symlinks);
      if (reason !== undefined) return excluded(reason);
    }
    const unsupported = unsupportedName(name, entry.path, other.capabilities.names);
    if (unsupported !== undefined) {
      return unknown(
        'unsupported-name',
        `${JSON.stringify(entry.path)} cannot be kept in sync: ${unsupported} (${other.id}). Rename it, or ignore it.`,
      );
    }
    return { state: 'present', entry };
  }

  /** @throws SyncEngineError `nested-roots` */
  #isState(entry: DirectoryEntry): boolean {
    const { landmarks = [], client } = this.#options;
    const landmark = landmarks.find((candidate) => isAt(candidate.entry, entry));
    if (landmark?.what !== 'other-root') return landmark !== undefined;
    throw new SyncEngineError(
      'nested-roots',
      `${landmark.id} lies inside ${client.id}, at ${JSON.stringify(entry.path)}: the two sides must not contain each other. Choose folders that lie apart.`,
      { path: entry.path },
    );
  }

  #collision(left: ScannedChild, right: ScannedChild): ScannedChild {
    const names = [left.path, right.path].map((path) => JSON.stringify(path)).join(' and ');
    const observation = unknown(
      'name-collision',
      `${names} differ only in case or Unicode form, which the other side cannot tell apart; neither is touched. Rename one of them.`,
    );
    const path = childOf(parentOf(left.path), nameOf(left.path));
    const item = { orderKey: orderKey(left.key, true), key: left.key, path, observation };
    return { item, path, key: left.key, descend: false, parentIgnore: left.parentIgnore };
  }
}

function unknown(code: UnknownEntry['code'], message: string): Observation {
  return { state: 'unknown', code, message, listingFailed: false };
}

function excluded(reason: string): Observation {
  return { state: 'excluded', reason };
}
