import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorNumber } from './errors.ts';
import { isProcessRunning, startOfProcess } from './processes.ts';

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

/** Tells apart what several copies of this module, in one process, give names to; the count does the rest. */
let token: string | undefined;
let count = 0;

/** This process. */
export function thisOwner(): Owner {
  self ??= { host: hostToken(), boot: bootToken(), process: process.pid, start: startOfProcess(process.pid) ?? '0' };
  return self;
}

/** A name that no other file has, in this process or another. */
export function stagedName(): string {
  const { host, boot, process: number, start } = thisOwner();
  token ??= randomBytes(8).toString('hex');
  count += 1;
  return `${host}.${boot}.${number}.${start}.${token}-${count.toString(36)}`;
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
  return !isProcessRunning(Number(number), start === '0' ? undefined : start);
}

function hostToken(): string {
  return Buffer.from(hostname()).toString('hex').slice(0, 32) || '0';
}

function bootToken(): string {
  return readSystemFile('/proc/sys/kernel/random/boot_id')?.replace(/[^0-9a-f]/g, '') || '0';
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
