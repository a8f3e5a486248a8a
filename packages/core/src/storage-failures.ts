import { type ErrorCode, SyncEngineError, type SyncEngineErrorOptions } from './errors.ts';
import { type NameRules, nameOf, parentOf, requireValidPath, unsupportedName } from './paths/index.ts';
import { type Entry, type Expectation, type Hashes, versionOf } from './storage/index.ts';

/** The failures that every client has in common, with one wording for all of them. */
type CommonFailure =
  | 'not-found'
  | 'already-exists'
  | 'precondition-failed'
  | 'source-changed'
  | 'not-empty'
  | 'not-a-directory'
  | 'is-a-directory'
  | 'no-space'
  | 'outside-root'
  | 'root-missing'
  | 'read-only';

const wordings: Readonly<Record<CommonFailure, (path: string) => string>> = {
  'not-found': (path) => `There is nothing at ${path}.`,
  'already-exists': (path) => `Something stands at ${path} already, and it is not replaced.`,
  'precondition-failed': (path) => `${path} is no longer what it was when the run looked; the next run looks again.`,
  'source-changed': (path) => `${path} changed while it was being read; the next run reads it again.`,
  'not-empty': (path) => `The directory ${path} still holds entries, so it is not removed.`,
  'not-a-directory': (path) => `${path} is not a directory.`,
  'is-a-directory': (path) => `${path} is a directory, not a file.`,
  'no-space': (path) => `There is no space left to store ${path}; free some space and run again.`,
  'outside-root': (path) => `${path} leads through a link out of the root, where nothing is touched.`,
  'root-missing': (path) => `${path} cannot be reached because the root itself is missing; is the disk mounted?`,
  'read-only': (path) => `${path} was not changed because this side was made read-only.`,
};

/** One of the failures that every client has in common. */
export function failure(
  code: CommonFailure,
  path: string,
  options?: Omit<SyncEngineErrorOptions, 'path'>,
): SyncEngineError {
  return new SyncEngineError(code, wordings[code](quoted(path)), { ...options, path });
}

/** `unsupported`: the client cannot do at all what was asked, for example `cannot hold symbolic links`. */
export function unsupported(path: string, what: string): SyncEngineError {
  return new SyncEngineError('unsupported', `${quoted(path)}: ${what}.`, { path });
}

/** A path as messages show it. */
export function quoted(path: string): string {
  return path === '' ? 'The root' : JSON.stringify(path);
}

/**
 * Checks a path at which something is to be made: valid anywhere, not the root, and every name one that this side can
 * hold.
 *
 * @throws SyncEngineError `invalid-name`, `unsupported-name`, or `rootCode` for the root
 */
export function requireStorablePath(
  path: string,
  rules: NameRules,
  rootCode: 'is-a-directory' | 'already-exists',
): void {
  requireValidPath(path);
  if (path === '') throw failure(rootCode, path);
  for (let part = path; part !== ''; part = parentOf(part)) {
    const problem = unsupportedName(nameOf(part), part, rules);
    if (problem !== undefined) {
      throw new SyncEngineError('unsupported-name', `${quoted(path)} cannot be stored here: ${problem}.`, { path });
    }
  }
}

/**
 * Holds what stands at a path against what the caller expects there.
 *
 * @throws SyncEngineError `precondition-failed`
 */
export function requireExpected(path: string, found: Entry | undefined, expected: Expectation | undefined): void {
  if (expected === undefined) return;
  const holds = expected === 'absent' ? found === undefined : found !== undefined && versionOf(found) === expected;
  if (!holds) throw failure('precondition-failed', path);
}

/**
 * Holds the digests of what arrived against those that were promised.
 *
 * @throws SyncEngineError `content-mismatch`
 */
export function requireHashes(path: string, promised: Hashes, actual: Hashes): void {
  for (const [algorithm, digest] of Object.entries(promised)) {
    const found = Object.entries(actual).find(([name]) => name === algorithm)?.[1];
    if (digest !== undefined && found !== digest) {
      const message = `The content of ${quoted(path)} does not have the ${algorithm} hash that was promised; nothing was written.`;
      throw new SyncEngineError('content-mismatch' satisfies ErrorCode, message, { path, retry: 'yes' });
    }
  }
}
