import type { BaseChange, BaseRecord, RecordPage } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { CaseFolding } from '../paths/index.ts';
import type { TreeAtCursor } from '../storage/index.ts';
import type { RememberedTree } from './tree-memory.ts';
import type { UnfinishedWrite } from './unfinished-writes.ts';

/**
 * The base of one pair, opened. Calls that write take their turns; dispose of it in the end.
 *
 * Reading fails with `state-corrupt` and `state-unavailable`, writing with `state-unavailable`, and with `rail-lock`
 * once another run took the lock over.
 */
export interface PairState extends AsyncDisposable {
  /** The name of the pair's state: see `pairKey`. */
  readonly key: string;

  /**
   * False before anything was ever committed: the first run. A base that is empty because nothing is in sync (any more)
   * exists.
   */
  readonly exists: boolean;

  /** True once a run of the pair came to its end. Until then every run is a first run, whatever it committed. */
  readonly completed: boolean;

  /** Grows with every commit and names exactly this base, so that a plan made from an older one is noticed. */
  readonly generation: number;

  /**
   * All records, as they are at the time of the call, in canonical order (`baseOrderKey` under `folding`, by
   * `compareUtf8`), in pages of at most 4,096. Memory does not grow with the number of records as long as they are
   * stored under the same folding; otherwise they are sorted in memory, and a record whose key under the new folding is
   * not its own alone is left out, together with the others of that key: to the base these paths are then unknown, so
   * nothing is deleted because of them.
   *
   * A run that commits asks for the records first: later commits are taken to be keyed under this `folding`.
   */
  records(options: {
    readonly folding: CaseFolding;
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<readonly BaseRecord[]>;

  /** What `records` tells, in pages that are packed where they can be. */
  pages(options: {
    readonly folding: CaseFolding;
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<RecordPage>;

  /**
   * Paths of one side in canonical order, spread evenly over the files that were last in sync, about a thousand apart and
   * at most 512. None before anything was in sync. Only a hint for whoever lists the side in parts: nothing is checked.
   */
  boundaries(side: Side, options?: { readonly signal?: AbortSignal | undefined }): Promise<readonly string[]>;

  /**
   * Records what is now in sync. Durable when it resolves; after a kill meanwhile, a beginning of the changes may stand.
   * No changes are no commit.
   *
   * @throws TypeError when opened for reading, after disposal, and for a record that cannot be stored
   */
  commit(changes: readonly BaseChange[]): Promise<void>;

  /** Writes that a run began and left, and that may go on. None when opened for reading. */
  readonly unfinished: readonly UnfinishedWrite[];

  /**
   * Remembers a write that was begun, in place of what is remembered of one to the same path. Durable when it resolves.
   *
   * @throws TypeError when opened for reading, and after disposal
   */
  rememberWrite(write: UnfinishedWrite): Promise<void>;

  /** Forgets writes that came to their end, or were given up. Throws as `rememberWrite`. */
  forgetWrites(writes: readonly Pick<UnfinishedWrite, 'side' | 'path'>[]): Promise<void>;

  /**
   * What a side with a feed of changes told of its whole tree when it was last remembered. What is damaged is only in doubt:
   * it costs a full listing, and is never an error.
   */
  tree(side: Side, options?: { readonly signal?: AbortSignal | undefined }): Promise<RememberedTree>;

  /**
   * Remembers the tree of a side, which is read to its end, or that what is remembered is not to be relied on. Durable when
   * it resolves; a kill meanwhile leaves what was remembered before. It is no part of the base, and makes none exist.
   *
   * @throws TypeError when opened for reading, after disposal, and for a cursor of more than 4,096 bytes
   * @throws whatever keeps the tree from being read
   */
  rememberTree(side: Side, tree: TreeAtCursor | 'in-doubt'): Promise<void>;

  /**
   * To be called at the end of a run. The base exists from now on. Rewrites the snapshot when the journal has grown, or
   * when the folding is another than the stored one.
   *
   * @throws TypeError when opened for reading, and after disposal
   */
  finish(options: { readonly folding: CaseFolding; readonly signal?: AbortSignal | undefined }): Promise<void>;
}
