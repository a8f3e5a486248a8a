import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { SyncEngineError } from '../errors.ts';
import { isProcessRunning, startOfProcess } from '../local/index.ts';

/** Who holds a lock, in enough detail to tell later whether that process is still there. */
export interface LockOwner {
  /** Unique to this one taking of the lock: letters, digits, hyphens. */
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  readonly user?: string | undefined;
  /** When the lock was taken, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** The installation of the operating system, where it has an id. */
  readonly machine?: string | undefined;
  /** This run of the operating system, where it has an id. */
  readonly boot?: string | undefined;
  /** The space in which `pid` has its meaning (containers have their own), where it has an id. */
  readonly processSpace?: string | undefined;
  /** When the process was started, in the system's own measure: a reused pid gives another value. */
  readonly processStart?: string | undefined;
}

/** The owner that this process is. */
export function currentOwner(startedAt: number): LockOwner {
  thisProcess ??= factsOfThisProcess();
  return { ...thisProcess, token: crypto.randomUUID(), startedAt };
}

/** Read once: none of it changes as long as the process lives, and asking the system is dear beside a small run. */
let thisProcess: Omit<LockOwner, 'token' | 'startedAt'> | undefined;

function factsOfThisProcess(): NonNullable<typeof thisProcess> {
  const linux = process.platform === 'linux';
  return {
    pid: process.pid,
    host: hostname(),
    user: userName(),
    machine: linux ? systemFile(() => readFileSync('/etc/machine-id', 'utf8')) : undefined,
    boot: linux ? systemFile(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) : undefined,
    processSpace: linux ? systemFile(() => readlinkSync('/proc/self/ns/pid')) : undefined,
    processStart: startOfProcess(process.pid),
  };
}

/**
 * Whether a holder is still there, as far as `self` can tell: `unknown` for a holder on another machine or in another
 * container. `gone` is said only with proof: the machine was started anew, no process has the pid, or another one has it.
 */
export function ownerState(owner: LockOwner, self: LockOwner): 'alive' | 'gone' | 'unknown' {
  if (owner.host !== self.host || owner.machine !== self.machine) return 'unknown';
  if (owner.boot !== self.boot) return owner.boot === undefined || self.boot === undefined ? 'unknown' : 'gone';
  if (owner.processSpace !== self.processSpace) return 'unknown';
  return isProcessRunning(owner.pid, owner.processStart) ? 'alive' : 'gone';
}

/** The error for a lock that is held; `owner` is `undefined` when the lock cannot be read. */
export function lockHeld(lock: string, owner: LockOwner | undefined, self: LockOwner): SyncEngineError {
  if (owner === undefined) {
    return new SyncEngineError(
      'rail-lock',
      `Another run holds the lock ${lock}, which does not say whose it is. If no other run is going, take the lock over.`,
      { details: { lock } },
    );
  }
  const { pid, host, user, startedAt } = owner;
  const ageMs = Math.max(0, self.startedAt - startedAt);
  const known = ownerState(owner, self) === 'alive';
  const advice = known
    ? 'Wait for it to end, or end it.'
    : 'Whether that process is still there cannot be told from here; if it is not, take the lock over.';
  const who = user === undefined ? `process ${pid} on ${host}` : `process ${pid} of ${user} on ${host}`;
  return new SyncEngineError(
    'rail-lock',
    `Another run of this pair is going: ${who} has held the lock for ${inWords(ageMs)} (${lock}). ${advice}`,
    { details: { lock, pid, host, startedAt, ageMs, ...(user === undefined ? {} : { user }) } },
  );
}

/** The error for a run whose lock was taken by another one. */
export function lockLost(lock: string): SyncEngineError {
  return new SyncEngineError('lock-lost', `Another run took the lock ${lock} over; this one writes no further.`, {
    details: { lock },
  });
}

const validToken = /^[A-Za-z0-9-]{1,64}$/;

/** What a lock file says, or `undefined` when it says nothing of use. */
export function parseOwner(text: string): LockOwner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const word = (name: string): string | undefined => {
    const field = fields.get(name);
    return typeof field === 'string' ? field : undefined;
  };
  const [token, host, pid, startedAt] = [word('token'), word('host'), fields.get('pid'), fields.get('startedAt')];
  if (token === undefined || !validToken.test(token) || host === undefined) return undefined;
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1 || typeof startedAt !== 'number') return undefined;
  return {
    token,
    pid,
    host,
    user: word('user'),
    startedAt,
    machine: word('machine'),
    boot: word('boot'),
    processSpace: word('processSpace'),
    processStart: word('processStart'),
  };
}

/** Something that the system may or may not tell. */
function systemFile(read: () => string): string | undefined {
  try {
    const text = read().trim();
    return text === '' ? undefined : text;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch (error) {
    // A container may run under a user id that has no name.
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** True for an error of the operating system, and with a code given, for exactly that one. */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is Error & { readonly code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return codes.length === 0 || codes.includes(error.code);
}

function inWords(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
