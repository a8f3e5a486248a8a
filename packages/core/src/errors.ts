/** Whether trying the same call again can help; `afterMs` is the wait, in milliseconds, that the store asked for. */
export type RetryAdvice = 'no' | 'yes' | { readonly afterMs: number };

/** The side of a pair that an error, an operation or an event is about. */
export type Side = 'source' | 'destination';

/**
 * Stable codes: programs may rely on them, messages may change.
 *
 * Storage, for one path or one request:
 * - `not-found`: nothing stands at the path.
 * - `already-exists`: something stands where nothing was expected.
 * - `precondition-failed`: the path no longer holds the version that was expected.
 * - `source-changed`: content changed while it was being read; nothing was committed.
 * - `not-empty`: a directory that was to be removed still holds entries.
 * - `not-a-directory`, `is-a-directory`: the path is of the other kind.
 * - `permission-denied`: the store refused for lack of rights.
 * - `no-space`: the disk or the quota is full.
 * - `invalid-name`: a name that no side may use (`..`, NUL, an undecodable name, …).
 * - `unsupported-name`: a legal name that this side cannot hold.
 * - `name-collision`: two entries of a side that the pair cannot tell apart.
 * - `outside-root`: the path would lead out of the root.
 * - `content-length-mismatch`: content ended early or late.
 * - `content-mismatch`: content does not have the hash that was promised.
 * - `unreadable`: an entry or a directory exists but cannot be read.
 * - `unsupported`: the client cannot do this at all.
 * - `read-only`: the client was made read-only.
 * - `connection`, `timeout`, `throttled`: passing faults of network or server.
 * - `storage-failure`: anything else that the store answered; see `cause`.
 *
 * A whole run:
 * - `invalid-options`: an option has no meaning as given.
 * - `invalid-ignore-file`: an ignore file or pattern list is malformed.
 * - `same-root`, `nested-roots`: the two sides are not apart.
 * - `root-missing`, `root-not-a-directory`, `root-unreadable`: a side has no usable root.
 * - `order-broken`: a client lists out of the order that it declares.
 * - `hash-unavailable`: the comparison needs a hash that a side cannot give.
 * - `decision-failed`: the application's own conflict function threw or answered nonsense.
 * - `listener-failed`: the application's own progress listener threw.
 * - `deletions-suspended`: a scan was incomplete, so this run deletes nothing.
 * - `dependency-failed`: an operation was left out because one that it builds on failed.
 * - `plan-invalid`, `plan-mismatch`: a stored plan is malformed, or belongs to another pair.
 *
 * State:
 * - `state-corrupt`: a state file fails its checksum or is malformed.
 * - `state-unsupported`: written by a newer format.
 * - `state-unavailable`: the state folder cannot be read or written.
 * - `lock-lost`: another run took the lock by force while this one was going; what was done is remembered.
 *
 * Rails (nothing was changed):
 * - `rail-lock`, `rail-root-missing`, `rail-root-emptied`, `rail-deletions`, `rail-marker`, `rail-space`.
 * - `rail-incomplete-scan`: never thrown, only lifted: such a run goes on without its deletions (`deletions-suspended`).
 */
export type ErrorCode =
  | 'not-found'
  | 'already-exists'
  | 'precondition-failed'
  | 'source-changed'
  | 'not-empty'
  | 'not-a-directory'
  | 'is-a-directory'
  | 'permission-denied'
  | 'no-space'
  | 'invalid-name'
  | 'unsupported-name'
  | 'name-collision'
  | 'outside-root'
  | 'content-length-mismatch'
  | 'content-mismatch'
  | 'unreadable'
  | 'unsupported'
  | 'read-only'
  | 'connection'
  | 'timeout'
  | 'throttled'
  | 'storage-failure'
  | 'invalid-options'
  | 'invalid-ignore-file'
  | 'same-root'
  | 'nested-roots'
  | 'root-missing'
  | 'root-not-a-directory'
  | 'root-unreadable'
  | 'order-broken'
  | 'hash-unavailable'
  | 'decision-failed'
  | 'listener-failed'
  | 'deletions-suspended'
  | 'dependency-failed'
  | 'plan-invalid'
  | 'plan-mismatch'
  | 'state-corrupt'
  | 'state-unsupported'
  | 'state-unavailable'
  | 'lock-lost'
  | RailCode;

/** The safety rails: each stops a run before its first effect, but for an incomplete scan, which stops the deletions. */
export type RailCode =
  | 'rail-lock'
  | 'rail-root-missing'
  | 'rail-root-emptied'
  | 'rail-deletions'
  | 'rail-marker'
  | 'rail-space'
  | 'rail-incomplete-scan';

export interface SyncEngineErrorOptions {
  readonly cause?: unknown;
  /** Path inside the root that the error is about; `''` is the root. */
  readonly path?: string | undefined;
  readonly side?: Side | undefined;
  /** Default: `'no'`. */
  readonly retry?: RetryAdvice | undefined;
  /** Numbers and names behind the message, for programs. */
  readonly details?: Readonly<Record<string, string | number>> | undefined;
}

/** The one class of error that SyncEngine throws on purpose; told apart by `code`. */
export class SyncEngineError extends Error {
  override readonly name = 'SyncEngineError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly side: Side | undefined;
  readonly retry: RetryAdvice;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, message: string, options: SyncEngineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.path = options.path;
    this.side = options.side;
    this.retry = options.retry ?? 'no';
    this.details = options.details ?? {};
  }

  /** The same error, told which side it happened on; an error that knows its side already keeps it. */
  onSide(side: Side): SyncEngineError {
    if (this.side !== undefined) return this;
    const { path, retry, details } = this;
    return new SyncEngineError(this.code, this.message, { cause: this.cause ?? this, path, retry, details, side });
  }
}

/** True for a `SyncEngineError`, and with a code given, for exactly that one. */
export function isSyncEngineError(error: unknown, code?: ErrorCode): error is SyncEngineError {
  return error instanceof SyncEngineError && (code === undefined || error.code === code);
}

/** True for what an aborted `AbortSignal` throws. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Any thrown value as a `SyncEngineError`; the original stays as its cause. */
export function asSyncEngineError(error: unknown, path?: string): SyncEngineError {
  if (error instanceof SyncEngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SyncEngineError('storage-failure', message, { cause: error, path });
}
