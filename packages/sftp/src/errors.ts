import { type ErrorCode, quotedPath, SyncEngineError, storageFailure } from '@syncengine/core';
import { statusOf } from './ssh/index.ts';

/** The statuses of the protocol that are told apart. `failure` stands for whatever has no status of its own. */
const status = { missing: 2, denied: 3, failure: 4, badMessage: 5, unsupported: 8 } as const;

/** True when nothing stands at a path: a parent may be missing too, be no directory, or be a link in circles. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === status.missing;
}

/** True for the answer that has no reason: something is in the way, the disk is full, … */
export function isFailure(error: unknown): boolean {
  return statusOf(error) === status.failure;
}

/**
 * What went wrong, in our words. Only what the server answered is put into words; everything else passes through, told
 * which path it was about.
 *
 * @param done completes "… could not be", for example `read`
 * @param otherwise the code for what has no meaning of its own
 */
export function sftpFailure(
  error: unknown,
  path: string,
  done: string,
  otherwise: ErrorCode = 'storage-failure',
): unknown {
  const answered = statusOf(error);
  if (answered === undefined) return withPath(error, path);
  if (answered === status.missing) return storageFailure('not-found', path, { cause: error });
  const [code, reason] = meaningOf(answered, otherwise, error);
  return new SyncEngineError(code, `${quotedPath(path)} could not be ${done}: ${reason}.`, { cause: error, path });
}

function meaningOf(answered: number, otherwise: ErrorCode, error: unknown): readonly [ErrorCode, string] {
  switch (answered) {
    case status.denied:
      return ['permission-denied', 'the server denied permission; check its owner and permissions there'];
    case status.badMessage:
      return ['unsupported-name', 'the name or the path is too long for the server, or has characters that it refuses'];
    case status.unsupported:
      return ['unsupported', 'the server does not support it'];
    default:
      return [otherwise, `the server answered "${error instanceof Error ? error.message : String(error)}"`];
  }
}

/** A lost connection is told for every path that it hit. */
function withPath(error: unknown, path: string): unknown {
  const isPathless = error instanceof SyncEngineError && error.path === undefined;
  if (!isPathless || (error.code !== 'connection' && error.code !== 'timeout')) return error;
  return new SyncEngineError(error.code, `${quotedPath(path)}: ${error.message}`, {
    cause: error,
    path,
    retry: error.retry,
    details: error.details,
  });
}
