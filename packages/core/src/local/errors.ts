import { type ErrorCode, type RetryAdvice, SyncEngineError } from '../errors.ts';
import { failure, quoted } from '../storage-failures.ts';

interface Meaning {
  readonly code: ErrorCode;
  /** Completes "… could not be read: ". */
  readonly reason: string;
  readonly retry?: RetryAdvice;
}

const busy = 'another program holds it; close that program, or wait for the next attempt';
const unreachable = 'the disk or the server behind it does not answer; check the connection';

/** What the numbers of the operating system mean. Those with a wording common to all clients are in `common`. */
const meanings: Readonly<Record<string, Meaning>> = {
  EACCES: { code: 'permission-denied', reason: 'permission was denied; check its owner and permissions' },
  EPERM: { code: 'permission-denied', reason: 'the system does not permit it; check its owner and attributes' },
  EROFS: { code: 'permission-denied', reason: 'the disk is mounted read-only' },
  ENAMETOOLONG: { code: 'unsupported-name', reason: 'the name or the path is too long for this disk' },
  EILSEQ: { code: 'unsupported-name', reason: 'the disk cannot hold a name with these characters' },
  EFBIG: { code: 'unsupported', reason: 'the file is too large for this disk' },
  EXDEV: { code: 'unsupported', reason: 'it would have to go to another disk' },
  EINVAL: { code: 'unsupported', reason: 'the system refuses this for such a file or directory' },
  ENOTSUP: { code: 'unsupported', reason: 'the disk does not support it' },
  ENOSYS: { code: 'unsupported', reason: 'the system does not support it' },
  EBUSY: { code: 'storage-failure', reason: busy, retry: 'yes' },
  ETXTBSY: { code: 'storage-failure', reason: busy, retry: 'yes' },
  EMFILE: { code: 'storage-failure', reason: 'too many files are open; lower the number of transfers', retry: 'yes' },
  ENFILE: { code: 'storage-failure', reason: 'the system has too many files open', retry: 'yes' },
  EAGAIN: { code: 'storage-failure', reason: 'the system is short of resources', retry: 'yes' },
  EINTR: { code: 'storage-failure', reason: 'it was interrupted', retry: 'yes' },
  ETIMEDOUT: { code: 'timeout', reason: unreachable, retry: 'yes' },
  EHOSTDOWN: { code: 'connection', reason: unreachable, retry: 'yes' },
  ENOTCONN: { code: 'connection', reason: unreachable, retry: 'yes' },
  ESTALE: { code: 'connection', reason: 'the server behind it no longer knows it', retry: 'yes' },
};

/** Failures that are worded the same by every client. */
const common = {
  ENOENT: 'not-found',
  EEXIST: 'already-exists',
  ENOTEMPTY: 'not-empty',
  ENOTDIR: 'not-a-directory',
  EISDIR: 'is-a-directory',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  ELOOP: 'outside-root',
} as const;

/**
 * What went wrong, in our words. Only what the operating system reported is put into words: an abort, or what content that
 * was handed in threw, passes through.
 *
 * @param done completes "… could not be", for example `read`
 * @param otherwise the code for what has no meaning of its own
 */
export function localFailure(
  error: unknown,
  path: string,
  done: string,
  otherwise: ErrorCode = 'storage-failure',
): unknown {
  const number = errorNumber(error);
  if (number === undefined) return error;
  if (isCommon(number)) return failure(common[number], path, { cause: error });
  const known = meanings[number];
  const reason = known?.reason ?? (error instanceof Error ? error.message : String(error));
  return new SyncEngineError(known?.code ?? otherwise, `${quoted(path)} could not be ${done}: ${reason}.`, {
    cause: error,
    path,
    retry: known?.retry,
  });
}

/** The operating system's name for an error, such as `ENOENT`. */
export function errorNumber(error: unknown): string | undefined {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True when nothing stands at a path: a parent may be missing too, be no directory, or be a link in circles. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorNumber(error) ?? '');
}

/** True when the disk has no hard links, or not for this file. */
export function isLinkRefused(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EINVAL'].includes(errorNumber(error) ?? '');
}

function isCommon(number: string): number is keyof typeof common {
  return Object.hasOwn(common, number);
}
