import type { NameRules } from '../paths/index.ts';
import type { HashAlgorithm } from './entry.ts';

/**
 * What a client can do. Declared by the adapter, tested to be true by the conformance suite; the engine asks nothing
 * else about a backend.
 */
export interface StorageCapabilities {
  readonly hashes: {
    /** Told with every listed file, for free. */
    readonly listed: readonly HashAlgorithm[];
    /** Told with many listed files, but not with each. Default: none. */
    readonly often?: readonly HashAlgorithm[] | undefined;
    /** Computed by `hash()` without transferring the content over a network. */
    readonly onRequest: readonly HashAlgorithm[];
  };
  readonly modifiedAt: {
    /** `on-write`: set by `write`; `in-place`: also by `setMetadata`; `never`: the side sets its own. */
    readonly settable: 'never' | 'on-write' | 'in-place';
    /** Grain of the side's times in milliseconds: times closer than this cannot be told apart. */
    readonly precision: number;
    /** False where listings tell no times of files, only `stat` does. Default: true. */
    readonly listed?: boolean | undefined;
  };
  /** The side holds POSIX permission bits. */
  readonly permissions: boolean;
  /** The side holds symbolic links: `makeSymlink` exists. */
  readonly symlinks: boolean;
  /** `implied`: directories exist only as parts of the names of files. */
  readonly directories: 'real' | 'implied';
  /** `false` when `A` and `a` are the same name. */
  readonly caseSensitive: boolean;
  /** What happens to the Unicode form of a name that is stored. */
  readonly unicode: 'preserved' | 'composed' | 'decomposed';
  readonly names: NameRules;
  /** `enforced`: the store itself checks `expected`; `advisory`: the client looks right before it commits. */
  readonly conditionalWrites: 'enforced' | 'advisory';
  readonly conditionalRemoves: 'enforced' | 'advisory';
  /** `read` honours `range`. */
  readonly rangedReads: boolean;
  /** `write` can go on where a killed upload stopped. */
  readonly resumableWrites: boolean;
  /**
   * A version proves the content by itself, as a revision or a digest does. False where it is made of size and time, which a
   * change soon after can leave as they were. Default: false.
   */
  readonly exactVersions?: boolean | undefined;
  /** `identity` stays with an entry when it is renamed. */
  readonly stableIdentity: boolean;
  /**
   * `native`: what is removed or replaced is kept by the store itself. `folder`: `move` is cheap, and `write` honours
   * `keepReplacedAt`. `none`: what is removed is gone.
   */
  readonly trash: 'native' | 'folder' | 'none';
  /** The store tells what it keeps by itself: `versions`, `readVersion` and `restoreVersion` exist. Default: false. */
  readonly versions?: boolean | undefined;
  /** What `copyFrom` does, where it exists. */
  readonly shortcuts?:
    | {
        /** So many small files count as one transfer: they are copied together. Default: 1. */
        readonly together?: number | undefined;
      }
    | undefined;
  /** How many calls at once make sense. */
  readonly concurrency: { readonly transfers: number; readonly operations: number };
}
