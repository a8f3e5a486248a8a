import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorNumber } from './errors.ts';

/**
 * Staged files carry in their names whose they are: `host.boot.process.start.random`. So what a killed process left can be
 * told from what a living one is still writing, even when its number was given away again.
 */
export interface Owner {
  readonly host: string;
  /** Changes with each start of the machine; `0` where the system does not tell. */
  readonly boot: string;
  readonly process: number;
  /** When the process started, in the system's own count; `0` where the system does not tell. */
  readonly start: string;
}

const pattern = /^([0-9a-f]+)\.([0-9a-f]+)\.([0-9]+)\.([0-9]+)\.([0-9a-z-]+)$/;

/** A staged file of another machine is taken for left behind when nobody touched it for this long, in milliseconds. */
const foreignPatience = 24 * 60 * 60 * 1000;

let self: Owner | undefined;

/** This process. */
export function thisOwner(): Owner {
  self ??= { host: hostToken(), boot: bootToken(), process: process.pid, start: startOf(process.pid) ?? '0' };
  return self;
}

/** A name that no other file has, in this process or another. */
export function stagedName(): string {
  const { host, boot, process: number, start } = thisOwner();
  return `${host}.${boot}.${number}.${start}.${randomBytes(8).toString('hex')}`;
}

/** True for what can be the name of a staged file; it then names nothing outside the staging folder. */
export function isStagedName(name: string): boolean {
  return pattern.test(name);
}

/** Whether the owner of a staged file is surely gone; a name that is not ours never is. */
export function isLeftBehind(name: string, unchangedFor: number): boolean {
  const [, host, boot, number, start] = pattern.exec(name) ?? [];
  if (host === undefined || boot === undefined || number === undefined || start === undefined) return false;
  const here = thisOwner();
  if (host !== here.host) return unchangedFor > foreignPatience;
  if (boot !== here.boot) return true;
  if (start !== '0') return startOf(Number(number)) !== start;
  return !isRunning(Number(number));
}

function hostToken(): string {
  return Buffer.from(hostname()).toString('hex').slice(0, 32) || '0';
}

function bootToken(): string {
  return readSystemFile('/proc/sys/kernel/random/boot_id')?.replace(/[^0-9a-f]/g, '') || '0';
}

/** When a process started, or `undefined` when there is none, or the system does not tell. */
function startOf(number: number): string | undefined {
  // The name of the process stands in parentheses and may hold anything; the start is the 20th field after it.
  const status = readSystemFile(`/proc/${number}/stat`);
  return status?.slice(status.lastIndexOf(')') + 2).split(' ')[19];
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    // Any of these: no such process, or a system without such files.
    if (errorNumber(error) !== undefined) return undefined;
    throw error;
  }
}

function isRunning(number: number): boolean {
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    // A process of someone else may not be asked, but it is there.
    return errorNumber(error) === 'EPERM';
  }
}
