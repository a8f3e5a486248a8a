import { type StorageCapabilities, SyncEngineError } from '@syncengine/core';
import type { DriveClient } from './drive-client.ts';

export interface GoogleDriveStorageOptions {
  /**
   * Who works in Drive: whatever `google-auth-library` makes (a service account, an OAuth client with a refresh token, the
   * application default credentials). Either this or `drive` is given. It needs the scope
   * `https://www.googleapis.com/auth/drive`.
   */
  readonly auth?: object | undefined;
  /** A Drive client, version 3, made with `@googleapis/drive` or with `googleapis`. */
  readonly drive?: DriveClient | undefined;
  /**
   * The folder that is the root, by its id: of My Drive, shared by others, or of a shared drive; the id of a shared drive
   * itself is its topmost folder. Default: the topmost folder of My Drive.
   */
  readonly folderId?: string | undefined;
  /**
   * The folder that is the root, by the names that lead to it, from `folderId` down: `/Backups/laptop`. It need not be
   * there yet. Default: `/`, the folder itself.
   */
  readonly path?: string | undefined;
  /**
   * Documents of Google's editors have no bytes of their own. `skip`: they are left out. `export`: they are read as the files
   * that `exportFormats` says, and never written to. Default: `skip`.
   */
  readonly documents?: 'skip' | 'export' | undefined;
  /** Download files that Google takes for malware as well, where they are one's own. Default: false. */
  readonly acknowledgeAbuse?: boolean | undefined;
  /** Contents up to this many bytes are sent in one request; 0 to 5,242,880. Default: 5,242,880. */
  readonly singleRequestLimit?: number | undefined;
  /**
   * Bytes of one request of a larger content, and memory that each transfer takes; a multiple of 262,144, at least that.
   * Default: 8,388,608.
   */
  readonly chunkSize?: number | undefined;
  /**
   * Milliseconds after which all is listed anew, and not only what Drive tells to have changed: at least 0. Default:
   * 604,800,000, a week.
   */
  readonly relistAfterMs?: number | undefined;
  /** Where the API is. Default: `https://www.googleapis.com/`. */
  readonly rootUrl?: string | undefined;
}

/** "Small" for Drive. Bytes. */
const largestSingleRequest = 5 * 1024 * 1024;

/** Drive takes pieces of multiples of this. Bytes. */
const chunkUnit = 256 * 1024;

/** @throws SyncEngineError `invalid-options` */
export function sizesOf(options: GoogleDriveStorageOptions): {
  readonly singleRequestLimit: number;
  readonly chunkSize: number;
} {
  const { singleRequestLimit = largestSingleRequest, chunkSize = 32 * chunkUnit } = options;
  const isLimit = Number.isInteger(singleRequestLimit) && singleRequestLimit >= 0;
  if (!isLimit || singleRequestLimit > largestSingleRequest) {
    throw invalid(`singleRequestLimit must be a whole number from 0 to ${largestSingleRequest}`);
  }
  if (!Number.isInteger(chunkSize) || chunkSize < chunkUnit || chunkSize % chunkUnit !== 0) {
    throw invalid(`chunkSize must be a multiple of ${chunkUnit}, and not 0`);
  }
  return { singleRequestLimit, chunkSize };
}

/** @throws SyncEngineError `invalid-options` */
export function relistAfterOf({ relistAfterMs = 7 * 24 * 60 * 60 * 1000 }: GoogleDriveStorageOptions): number {
  if (relistAfterMs >= 0) return relistAfterMs;
  throw invalid('relistAfterMs must be at least 0');
}

/**
 * The names of a path from the root down.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function namesOf(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.some((name) => name === '.' || name === '..')) throw invalid('the path of the root has a . or .. in it');
  return names;
}

export function invalid(reason: string, cause?: unknown): SyncEngineError {
  return new SyncEngineError('invalid-options', `Google Drive cannot be used this way: ${reason}.`, { cause });
}

export const capabilities: StorageCapabilities = {
  hashes: { listed: ['sha256', 'sha1', 'md5'], onRequest: [] },
  modifiedAt: { settable: 'in-place', precision: 1 },
  permissions: false,
  symlinks: false,
  directories: 'real',
  caseSensitive: true,
  unicode: 'preserved',
  names: {},
  conditionalWrites: 'advisory',
  conditionalRemoves: 'advisory',
  rangedReads: true,
  resumableWrites: true,
  stableIdentity: true,
  trash: 'native',
  versions: true,
  concurrency: { transfers: 8, operations: 8 },
};
