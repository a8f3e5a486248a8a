import { type ErrorCode, quotedPath, type RetryAdvice, SyncEngineError, storageFailure } from '@syncengine/core';
import type { Reply } from './reply.ts';

/** What servers say in words, where the code alone (550 above all) leaves it open. The first that fits counts. */
const wordings: readonly (readonly [RegExp, ErrorCode])[] = [
  [/no space|disk full|quota|insufficient storage|not enough space|file ?system full/i, 'no-space'],
  [/not empty/i, 'not-empty'],
  [/not a directory/i, 'not-a-directory'],
  [/is a directory/i, 'is-a-directory'],
  [/name too long|(invalid|illegal|prohibited|bad) (file|directory|path) ?name|name not allowed/i, 'unsupported-name'],
  [/permission|denied|not permitted|not allowed|forbidden|read-only/i, 'permission-denied'],
  [/file exists|already exists/i, 'already-exists'],
  [/no such|not found|doesn't exist|does not exist|cannot find/i, 'not-found'],
];

/** Codes that mean one thing whatever is said with them. */
const codes: Readonly<Record<number, { readonly code: ErrorCode; readonly retry: RetryAdvice }>> = {
  421: { code: 'throttled', retry: 'yes' },
  425: { code: 'connection', retry: 'yes' },
  426: { code: 'connection', retry: 'yes' },
  430: { code: 'permission-denied', retry: 'no' },
  452: { code: 'no-space', retry: 'no' },
  530: { code: 'permission-denied', retry: 'no' },
  532: { code: 'permission-denied', retry: 'no' },
  552: { code: 'no-space', retry: 'no' },
};

/** What an answer of 4xx or 5xx means; `undefined` where only a look at the path can tell. */
export function meaningOf(reply: Reply): ErrorCode | undefined {
  const fixed = codes[reply.code];
  if (fixed !== undefined) return fixed.code;
  if (reply.code >= 500 && reply.code <= 504) return 'unsupported';
  return wordings.find(([pattern]) => pattern.test(reply.text))?.[1];
}

/**
 * A refusal in our words.
 *
 * @param done completes "… could not be", for example `read`
 * @param otherwise the code where neither the answer's code nor its words tell
 */
export function refusal(
  reply: Reply,
  path: string,
  done: string,
  otherwise: ErrorCode = 'storage-failure',
): SyncEngineError {
  const code = meaningOf(reply) ?? otherwise;
  if (isCommon(code)) return storageFailure(code, path, { cause: causeOf(reply) });
  const retry = codes[reply.code]?.retry ?? (reply.code < 500 && code === 'storage-failure' ? 'yes' : 'no');
  const said = reply.text.trim().split(/\r?\n/).at(-1);
  return new SyncEngineError(code, `${quotedPath(path)} could not be ${done}; the server says: ${said}`, {
    cause: causeOf(reply),
    path,
    retry,
    details: { reply: reply.code },
  });
}

/** What a broken connection threw, in our words; what is already ours passes through. */
export function broken(error: unknown, id: string): SyncEngineError {
  if (error instanceof SyncEngineError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new SyncEngineError('connection', `The connection to ${id} broke: ${reason}`, { cause: error, retry: 'yes' });
}

export function timedOut(id: string, milliseconds: number): SyncEngineError {
  const message = `${id} neither said nor took anything for ${milliseconds} ms; the connection was given up.`;
  return new SyncEngineError('timeout', message, { retry: 'yes' });
}

/** True for what ended the connection that it happened on, so that nobody knows what the server still did. */
export function isBroken(error: unknown): error is SyncEngineError {
  return error instanceof SyncEngineError && (error.code === 'connection' || error.code === 'timeout');
}

const common = [
  'not-found',
  'already-exists',
  'not-empty',
  'not-a-directory',
  'is-a-directory',
  'no-space',
  'outside-root',
] as const;

function isCommon(code: ErrorCode): code is (typeof common)[number] {
  return common.some((each) => each === code);
}

function causeOf(reply: Reply): Error {
  return new Error(reply.text.trim());
}
