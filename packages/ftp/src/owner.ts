import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { isProcessRunning, startOfProcess } from '@syncengine/core';

/**
 * Names of staged files tell whose they are, `machine.boot.process.start.number`, so that what a killed process left can be
 * told from what a living one is still sending.
 */
const pattern = /^([0-9a-f]{12})\.([0-9a-f]{12})\.(\d+)\.(\d+)\.([0-9a-f]{16})$/;

/** What another machine left is taken for abandoned after so many milliseconds. */
const foreignPatience = 48 * 60 * 60 * 1_000;

/** Where the system does not tell when a process was started. */
const unknownStart = '0';

let prefix: string | undefined;
let names = 0;

/** True for what `stagedName` gave, by whomever. */
export function isStagedName(name: string): boolean {
  return pattern.test(name);
}

/** A name that no other staged file has, in this process or another. */
export function stagedName(): string {
  // Copies of this module in one process must not give the same names either, so each begins with dice of its own.
  prefix ??= `${machine()}.${boot()}.${process.pid}.${startOfProcess(process.pid) ?? unknownStart}.${randomBytes(4).toString('hex')}`;
  names += 1;
  return `${prefix}${names.toString(16).padStart(8, '0')}`;
}

/**
 * Whether whoever staged a file is surely gone; a name that is not ours never is.
 *
 * @param unchangedFor milliseconds since the file was written to, by the clock of the server
 */
export function isLeftBehind(name: string, unchangedFor: number | undefined): boolean {
  const [, host, started, number, start] = pattern.exec(name) ?? [];
  if (host === undefined || number === undefined) return false;
  if (host !== machine()) return unchangedFor !== undefined && unchangedFor > foreignPatience;
  if (started !== boot()) return true;
  return !isProcessRunning(Number(number), start === unknownStart ? undefined : start);
}

function machine(): string {
  return shortHash(hostname());
}

/** Changes with each start of the machine. */
function boot(): string {
  try {
    return shortHash(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  } catch (error) {
    // A system without such files: then the process alone has to do.
    if (error instanceof Error && 'code' in error) return shortHash('');
    throw error;
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
