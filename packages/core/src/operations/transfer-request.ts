import type { Side } from '../errors.ts';
import type { ContentOrigin } from '../plan/index.ts';
import type { Expectation, FileEntry, Hashes, StorageClient } from '../storage/index.ts';
import type { UnfinishedOne } from './unfinished.ts';

export interface TransferRequest {
  readonly from: StorageClient;
  readonly to: StorageClient;
  readonly origin: ContentOrigin;
  readonly entry: FileEntry;
  readonly path: string;
  readonly expected: Expectation;
  readonly keepReplacedAt: string | undefined;
  readonly signal: AbortSignal;
  /** Called with the bytes that have passed since the content was (last) opened. */
  readonly onProgress: (transferred: number) => void;
  /** True where the version of an entry proves nothing, because it is so new. */
  isRacy(side: Side, entry: FileEntry): boolean;
  /** The memory of this write, where it is to outlive a kill. */
  readonly unfinished?: UnfinishedOne | undefined;
}

export interface Transferred {
  readonly entry: FileEntry;
  readonly hashes: Hashes;
  readonly transferredBytes: number;
  /** Default: false. */
  readonly isShortcut?: boolean | undefined;
}
