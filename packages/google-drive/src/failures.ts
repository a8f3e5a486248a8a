import {
  type ErrorCode,
  isSyncEngineError,
  quotedPath,
  type RetryAdvice,
  SyncEngineError,
  storageFailure,
} from '@syncengine/core';
import { parsed } from './parsed.ts';

/** What Drive said when it refused. */
interface Refusal {
  readonly status: number;
  /** Drive's own word for it: `notFound`, `userRateLimitExceeded`, … */
  readonly reason: string;
  readonly message: string;
  /** What Drive asks to wait. */
  readonly retry: RetryAdvice;
}

const throttled = ['rateLimitExceeded', 'userRateLimitExceeded', 'sharingRateLimitExceeded'];
const full = [
  'storageQuotaExceeded',
  'teamDriveFileLimitExceeded',
  'numChildrenInNonRootLimitExceeded',
  'teamDriveHierarchyTooDeep',
  'activeItemCreationLimitExceeded',
];
const undownloadable = [
  'cannotDownloadAbusiveFile',
  'downloadQuotaExceeded',
  'fileNotDownloadable',
  'exportSizeLimitExceeded',
];

const networkCodes: ReadonlySet<string> = new Set([
  ...['ECONNABORTED', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE'],
  ...['ETIMEDOUT', 'TimeoutError'],
]);

/**
 * What Google's libraries threw, in our words. Nothing of the request is kept: it holds a token. `details` tell Drive's
 * own `status` and `reason`, where it answered.
 *
 * @param path what the call was about; `''` for the root
 */
export function driveFailure(error: unknown, path: string): SyncEngineError {
  if (error instanceof SyncEngineError) return error;
  const refusal = refusalIn(error);
  return refusal === undefined ? unanswered(error, path) : refused(refusal, path);
}

/** True where it is not known whether a change was made: no answer came, or one that the server itself broke. */
export function isInDoubt(error: unknown): boolean {
  if (!isSyncEngineError(error)) return false;
  return error.code === 'connection' || error.code === 'timeout' || statusOf(error) >= 500;
}

/** Whether Drive refused for this very reason. */
export function isRefusal(error: unknown, reason: string): boolean {
  return isSyncEngineError(error) && error.details['reason'] === reason;
}

/** The status of Drive's answer; 0 where there was none. */
export function statusOf(error: unknown): number {
  return isSyncEngineError(error) ? Number(error.details['status'] ?? 0) : 0;
}

function refused(refusal: Refusal, path: string): SyncEngineError {
  const { status, reason, message, retry } = refusal;
  const cause = new Error(`${status} ${reason}: ${message}`);
  const details = { status, reason };
  const what = quotedPath(path);
  const failed = (code: ErrorCode, text: string, advice: RetryAdvice = 'no'): SyncEngineError =>
    new SyncEngineError(code, text, { path, cause, details, retry: advice });
  if (status === 429 || throttled.includes(reason)) {
    return failed('throttled', `Google Drive asks to go slower (${reason}), at ${what}.`, retry);
  }
  if (full.includes(reason)) {
    return failed('no-space', `Google Drive has no room for ${what} (${reason}); make some and run again.`);
  }
  if (undownloadable.includes(reason)) return failed('unreadable', `${what} cannot be downloaded: ${message}`);
  if (status === 404) return storageFailure('not-found', path, { cause, details });
  if (status === 401 || reason === 'invalid_grant') {
    return failed('permission-denied', `Google Drive does not accept the credentials; sign in again. ${message}`);
  }
  if (status === 403) return failed('permission-denied', `Google Drive does not allow this at ${what}: ${message}`);
  if (status === 408) return failed('timeout', `Google Drive waited too long at ${what}.`, 'yes');
  if (status >= 500)
    return failed('storage-failure', `Google Drive has a passing fault (${status}) at ${what}.`, retry);
  return failed('storage-failure', `Google Drive refused what was asked at ${what} (${status} ${reason}): ${message}`);
}

/** The network failed, or the library itself: credentials that are not there, for example. */
function unanswered(error: unknown, path: string): SyncEngineError {
  const text = withoutAddress(error instanceof Error ? error.message : String(error));
  const code = codeOf(error);
  const cause = new Error(text);
  if (!isFetchError(error) && !networkCodes.has(code ?? '') && !code?.startsWith('ERR_STREAM')) {
    const message = `Google's client library failed at ${quotedPath(path)}: ${text}`;
    return new SyncEngineError('storage-failure', message, { path, cause });
  }
  const isTimeout = code === 'ETIMEDOUT' || code === 'TimeoutError';
  const message = `The connection to Google Drive failed (${code ?? text}), at ${quotedPath(path)}.`;
  return new SyncEngineError(isTimeout ? 'timeout' : 'connection', message, { path, cause, retry: 'yes' });
}

function isFetchError(error: unknown): boolean {
  return error instanceof Error && ['FetchError', 'GaxiosError'].includes(error.constructor.name);
}

function codeOf(error: unknown): string | undefined {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
  }
  return undefined;
}

/** The address of an upload is itself the right to send to it, so it is not told. */
function withoutAddress(message: string): string {
  return message.replaceAll(/https?:\/\/\S+/g, '(address)');
}

function refusalIn(error: unknown): Refusal | undefined {
  const response = member(error, 'response');
  const status = member(response, 'status');
  if (typeof status !== 'number') return undefined;
  const retry = retryIn(headerOf(member(response, 'headers'), 'retry-after'));
  // Where content was asked for, the library leaves the body of a refusal nowhere but in the message.
  const body = unpacked(member(response, 'data')) ?? unpacked(member(error, 'message'));
  return { status, ...detailsIn(body), retry };
}

function detailsIn(data: unknown): { readonly reason: string; readonly message: string } {
  const error = member(data, 'error');
  // Where tokens are given out, the error is a word and its description stands beside it.
  if (typeof error === 'string') return { reason: error, message: textIn(member(data, 'error_description')) ?? error };
  const details = member(error, 'errors');
  const first: unknown = Array.isArray(details) ? details[0] : undefined;
  const message = textIn(member(first, 'message')) ?? textIn(member(error, 'message')) ?? 'no reason was given';
  return { reason: textIn(member(first, 'reason')) ?? textIn(member(error, 'status')) ?? 'unknown', message };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The library leaves some JSON as text; `undefined` for a text that is none. */
function unpacked(data: unknown): unknown {
  return typeof data === 'string' ? parsed(data) : data;
}

/** A header of an answer, whichever form the library gives headers: an object of theirs, the platform's, or a plain one. */
export function headerOf(headers: unknown, name: string): string | undefined {
  return textIn(isHeaders(headers) ? headers.get(name) : member(headers, name));
}

function isHeaders(headers: unknown): headers is { get(name: string): unknown } {
  return typeof member(headers, 'get') === 'function';
}

/** `Retry-After`: seconds, or a date. */
function retryIn(header: string | undefined): RetryAdvice {
  if (header === undefined) return 'yes';
  if (/^\d+$/.test(header)) return { afterMs: Number(header) * 1000 };
  const time = Date.parse(header);
  return Number.isNaN(time) ? 'yes' : { afterMs: Math.max(0, time - Date.now()) };
}
