import { type Side, SyncEngineError } from '../errors.ts';
import type { IgnoreChain, IgnoreFileManager } from '../ignore/index.ts';
import type { Observation, ScannedItem } from '../join/index.ts';
import {
  type CaseFolding,
  childOf,
  joinKey,
  nameOf,
  nameProblem,
  orderKey,
  parentOf,
  unsupportedName,
} from '../paths/index.ts';
import {
  collectBytes,
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  type StorageClient,
  type UnknownEntry,
} from '../storage/index.ts';
import { isAt, type Landmark } from './landmark.ts';
import { type ScanFilter, type SymlinkPolicy, symlinkExclusion } from './policy.ts';

/** A child as it will be delivered; a directory that is looked into is completed by what is found inside. */
export interface ScannedChild {
  readonly item: ScannedItem;
  readonly entry: Entry;
  readonly path: string;
  readonly key: string;
  readonly descend: boolean;
  readonly parentIgnore: IgnoreChain;
}

export interface EntryObserverOptions {
  readonly client: StorageClient;
  readonly side: Side;
  /** The client that must be able to hold what is found. */
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

/** Says of each entry what the pair has to know of it, however the entry was found. */
export class EntryObserver {
  readonly #options: EntryObserverOptions;

  constructor(options: EntryObserverOptions) {
    this.#options = options;
  }

  /**
   * The rules in force inside a directory, given its ignore file where it has one.
   *
   * @throws SyncEngineError `invalid-ignore-file`, and what reading the file throws
   */
  async enter(directory: string, parent: IgnoreChain, file: FileEntry | undefined): Promise<IgnoreChain> {
    const { client, ignore, signal } = this.#options;
    if (file === undefined) return ignore.enter(parent, directory, undefined, '');
    if (file.size > largestIgnoreFile) {
      throw new SyncEngineError(
        'invalid-ignore-file',
        `The ignore file ${file.path} is larger than ${largestIgnoreFile} bytes; shorten it, or choose another name for ignore files.`,
        { path: file.path },
      );
    }
    const bytes = await collectBytes(client.read(file.path, { signal }));
    return ignore.enter(parent, directory, new TextDecoder().decode(bytes), file.path);
  }

  /** @param prefix of the children's keys: the key of the directory and a slash, or nothing */
  child(directory: string, prefix: string, entry: Entry, ignore: IgnoreChain): ScannedChild {
    const name = nameOf(entry.path);
    // An empty name would have the key of the directory itself.
    const key = prefix + (name === '' ? '/' : joinKey(name, this.#options.folding));
    const isDirectory = entry.kind === 'directory';
    const observation = this.#observe(directory, name, entry, ignore);
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
    return { item, entry, path: entry.path, key, descend, parentIgnore: ignore };
  }

  /** What is said in place of two children that the pair cannot tell apart. */
  collision(left: ScannedChild, right: ScannedChild): ScannedChild {
    const observation =
      left.path === right.path
        ? unknown(
            'name-collision',
            `${JSON.stringify(left.path)} stands there twice, or as a file and as a directory at once, which the other side cannot hold; neither is touched. Rename or remove one of them.`,
          )
        : unknown(
            'name-collision',
            `${JSON.stringify(left.path)} and ${JSON.stringify(right.path)} differ only in case or Unicode form, which the other side cannot tell apart; neither is touched. Rename one of them.`,
          );
    const path = childOf(parentOf(left.path), nameOf(left.path));
    const item = { orderKey: orderKey(left.key, true), key: left.key, path, observation };
    return { ...left, item, path, descend: false };
  }

  #observe(directory: string, name: string, entry: Entry, ignore: IgnoreChain): Observation {
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
}

function unknown(code: UnknownEntry['code'], message: string): Observation {
  return { state: 'unknown', code, message, listingFailed: false };
}

function excluded(reason: string): Observation {
  return { state: 'excluded', reason };
}
