import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';

/**
 * Names of staged files tell whose they are, `machine.start.process.random`, so that what a killed process left can be told
 * from what a living one is still sending.
 */
const pattern = /^([0-9a-f]{12})\.([0-9a-f]{12})\.(\d+)\.([0-9a-f]{16})$/;

/** What another machine left is taken for abandoned after so many milliseconds. */
const foreignPatience = 48 * 60 * 60 * 1_000;

let prefix: string | undefined;

/** True for what `stagedName` gave, by whomever. */
export function isStagedName(name: string): boolean {
  return pattern.test(name);
}

/** A name that no other staged file has, in this process or another. */
export function stagedName(): string {
  prefix ??= `${shortHash(hostname())}.${startOf(process.pid)}.${process.pid}`;
  return `${prefix}.${randomBytes(8).toString('hex')}`;
}

/**
 * Whether whoever staged a file is surely gone; a name that is not ours never is.
 *
 * @param unchangedFor milliseconds since the file was written to, by the clock of the server
 */
export function isLeftBehind(name: string, unchangedFor: number | undefined): boolean {
  const [, host, start, number] = pattern.exec(name) ?? [];
  if (host === undefined || start === undefined || number === undefined) return false;
  if (host !== shortHash(hostname())) return unchangedFor !== undefined && unchangedFor > foreignPatience;
  if (Number(number) === process.pid && start === startOf(process.pid)) return false;
  return !isRunning(Number(number)) || startOf(Number(number)) !== start;
}

/** When a process was started, so that a number that was given away again is not taken for it. */
function startOf(number: number): string {
  return shortHash(`${read('/proc/sys/kernel/random/boot_id')} ${startTime(number)}`);
}

function startTime(number: number): string {
  // The name of the process stands in parentheses and may hold anything; the start is the 20th field after it.
  const status = read(`/proc/${number}/stat`);
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // No such process, or a system without such files: then the number alone has to do.
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

function isRunning(number: number): boolean {
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    // A process of someone else may not be asked, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
