import { asSyncEngineError, isAbortError, SyncEngineError } from '../errors.ts';
import type { Entry } from '../storage/index.ts';
import type { EntryObserverOptions } from './entry-observer.ts';

type Scanned = Pick<EntryObserverOptions, 'side' | 'client'>;

/** What ends the scan of a whole side. */
export function rootUnreadable({ side, client }: Scanned, problem: SyncEngineError): SyncEngineError {
  if (problem.code === 'invalid-ignore-file') {
    const { code, message, path, cause } = problem;
    return new SyncEngineError(code, `${message} It lies in the ${side} ${client.id}.`, { path, side, cause });
  }
  return new SyncEngineError('root-unreadable', `The ${side} ${client.id} cannot be listed: ${problem.message}`, {
    cause: problem,
    path: '',
    side,
    retry: problem.retry,
  });
}

/**
 * A listing of a whole tree that fails anywhere tells nothing of what would have come: no directory can be blamed, so the
 * side as a whole cannot be seen.
 */
export async function* failingAsRoot(
  scanned: Scanned,
  listing: AsyncIterable<readonly Entry[]>,
): AsyncGenerator<readonly Entry[]> {
  try {
    yield* listing;
  } catch (error) {
    if (isAbortError(error)) throw error;
    throw rootUnreadable(scanned, asSyncEngineError(error, ''));
  }
}
