import type { Content, FileEntry, Gate, Version, WriteOptions } from '@syncengine/core';
import { isSyncEngineError, storageFailure } from '@syncengine/core';
import type { Bucket } from './bucket.ts';
import type { Conditions } from './conditions.ts';
import { statusOf } from './failures.ts';
import type { Attributes } from './new-object.ts';
import type { Settings } from './options.ts';

/** All that it takes to store one object. */
export interface WriteRequest {
  readonly bucket: Bucket;
  readonly settings: Settings;
  readonly path: string;
  readonly key: string;
  readonly content: Content;
  readonly options: WriteOptions;
  /** As it will be stored; milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly attributes: Attributes;
  /** What the service checks of `options.expected`; what it does not check is looked at right before the commit. */
  readonly conditions: Conditions;
  /** So many parts are in memory at once, over all uploads. */
  readonly parts: Gate;
  /** What stands at the path, looked up anew. */
  look(): Promise<FileEntry | undefined>;
}

/**
 * Looks whether what is expected stands there, for services that do not do it themselves.
 *
 * @throws SyncEngineError `precondition-failed`
 */
export async function requireStanding({
  path,
  options,
  look,
}: Pick<WriteRequest, 'path' | 'options' | 'look'>): Promise<void> {
  const { expected } = options;
  if (expected === undefined) return;
  const found: Version | undefined = (await look())?.version;
  if (found !== (expected === 'absent' ? undefined : expected)) throw storageFailure('precondition-failed', path);
}

/** A conditional commit: what the service says of the condition comes in the one wording for it. */
export async function commit<Output>(
  { path, options }: Pick<WriteRequest, 'path' | 'options'>,
  send: () => Promise<Output>,
): Promise<Output> {
  try {
    return await send();
  } catch (error) {
    // The version that was expected is no longer there, nor is any other.
    const isGone = statusOf(error) === 404 && options.expected !== undefined && isSyncEngineError(error, 'not-found');
    if (!isGone && !isSyncEngineError(error, 'precondition-failed')) throw error;
    throw storageFailure('precondition-failed', path, { cause: error });
  }
}

/**
 * What stands there now. A service may say nothing of what it stored.
 *
 * @throws SyncEngineError `precondition-failed` when it is gone again
 */
export async function stored({ path, look }: Pick<WriteRequest, 'path' | 'look'>): Promise<FileEntry> {
  const entry = await look();
  if (entry === undefined) throw storageFailure('precondition-failed', path);
  return entry;
}
