import type { Clock } from '../control/index.ts';
import type { NameRules } from '../paths/index.ts';
import type { HashAlgorithm, StorageCapabilities } from '../storage/index.ts';

/** What kind of store the memory plays; the defaults are a well-behaved POSIX disk. */
export interface MemoryStorageOptions {
  /** Default: `memory:default`. Two clients that take part in one pair need two ids. */
  readonly id?: string | undefined;
  /** Where times come from. Default: the system clock. */
  readonly clock?: Clock | undefined;
  /** Default: true. */
  readonly caseSensitive?: boolean | undefined;
  /** What happens to the Unicode form of names. Default: `preserved`. */
  readonly unicode?: StorageCapabilities['unicode'] | undefined;
  /** Grain of times in milliseconds; finer ones are cut off. Default: 0.001. */
  readonly timePrecision?: number | undefined;
  /** Whether modification times can be set. Default: `in-place`. */
  readonly modifiedAt?: StorageCapabilities['modifiedAt']['settable'] | undefined;
  /** Default: true. */
  readonly permissions?: boolean | undefined;
  /** Default: true with real directories, false with implied ones. */
  readonly symlinks?: boolean | undefined;
  /** Default: `real`. */
  readonly directories?: StorageCapabilities['directories'] | undefined;
  /** Hashes told with every file. Default: none. */
  readonly listedHashes?: readonly HashAlgorithm[] | undefined;
  /** Hashes that `hash` computes; without any there is no `hash`. Default: all. */
  readonly requestedHashes?: readonly HashAlgorithm[] | undefined;
  /** Entries have an identity that stays when they are renamed. Default: true. */
  readonly stableIdentity?: boolean | undefined;
  /**
   * `revision`: every change gives a new version. `size-and-time`: as SFTP and FTP have it, where a change within the
   * grain of the times that keeps the size goes unnoticed. Default: `revision`.
   */
  readonly versions?: 'revision' | 'size-and-time' | undefined;
  /** Default: `folder`. */
  readonly trash?: StorageCapabilities['trash'] | undefined;
  /** Whether there is `move`. Default: true. */
  readonly move?: boolean | undefined;
  /** Whether there is `copy`. Default: true. */
  readonly copy?: boolean | undefined;
  /** Whether there is `listRecursive`, in canonical order. Default: false. */
  readonly listRecursive?: boolean | undefined;
  /** What is declared of preconditions; they are kept in any case. Default: `enforced`. */
  readonly conditional?: 'enforced' | 'advisory' | undefined;
  /** Default: true. */
  readonly rangedReads?: boolean | undefined;
  /** Whether a write can go on where an earlier one was cut off. Default: false. */
  readonly resumableWrites?: boolean | undefined;
  /** Names that `write` and the like accept. Default: all. */
  readonly names?: NameRules | undefined;
  /** Milliseconds, by the clock, that every call takes before it does anything. Default: 0. */
  readonly latency?: number | undefined;
  /** Bytes that the store can hold. Default: unlimited. */
  readonly capacity?: number | undefined;
  /** Entries in a page of a listing. Default: 1000. */
  readonly pageSize?: number | undefined;
  /** Bytes in a chunk of a read. Default: 65,536. */
  readonly chunkSize?: number | undefined;
  /** Remember what was not flushed, so that `powerCut` can lose it. Default: false. */
  readonly losesUnflushed?: boolean | undefined;
}

/** The options with every default filled in; the few that may stay open are `undefined`. */
export interface MemorySettings {
  readonly capabilities: StorageCapabilities;
  readonly versions: 'revision' | 'size-and-time';
  readonly latency: number;
  readonly capacity: number | undefined;
  readonly pageSize: number;
  readonly chunkSize: number;
  readonly losesUnflushed: boolean;
}

const allHashes: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

export function settingsOf(options: MemoryStorageOptions): MemorySettings {
  return {
    capabilities: capabilitiesOf(options),
    versions: options.versions ?? 'revision',
    latency: options.latency ?? 0,
    capacity: options.capacity,
    pageSize: requirePositive('pageSize', options.pageSize ?? 1000),
    chunkSize: requirePositive('chunkSize', options.chunkSize ?? 65_536),
    losesUnflushed: options.losesUnflushed ?? false,
  };
}

function capabilitiesOf(options: MemoryStorageOptions): StorageCapabilities {
  const directories = options.directories ?? 'real';
  const conditional = options.conditional ?? 'enforced';
  return {
    hashes: { listed: options.listedHashes ?? [], onRequest: options.requestedHashes ?? allHashes },
    modifiedAt: { settable: options.modifiedAt ?? 'in-place', precision: options.timePrecision ?? 0.001 },
    permissions: options.permissions ?? true,
    symlinks: options.symlinks ?? directories === 'real',
    directories,
    caseSensitive: options.caseSensitive ?? true,
    unicode: options.unicode ?? 'preserved',
    names: options.names ?? {},
    conditionalWrites: conditional,
    conditionalRemoves: conditional,
    rangedReads: options.rangedReads ?? true,
    resumableWrites: options.resumableWrites ?? false,
    stableIdentity: options.stableIdentity ?? true,
    trash: options.trash ?? 'folder',
    versions: options.trash === 'native',
    concurrency: { transfers: 8, operations: 16 },
  };
}

function requirePositive(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new TypeError(`${name} must be a whole number of at least 1, not ${value}.`);
}
