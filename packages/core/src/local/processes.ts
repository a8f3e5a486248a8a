import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Whether a process of this machine, and of this container, is still there. False is said only with proof: nothing has its
 * number, what has it has ended, or it was started at another time.
 *
 * @param start what `startOfProcess` told of it once; without it a number that was given away again counts as running
 */
export function isProcessRunning(number: number, start?: string): boolean {
  try {
    process.kill(number, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (isSystemError(error, 'ESRCH')) return false;
  }
  if (start === undefined) return true;
  const found = readProcess(number);
  return found === undefined || (found.start === start && !found.hasEnded);
}

/**
 * When a process of this machine was started, in the system's own measure (decimal digits): a number that was given away
 * again has another one. `undefined` when there is none, or the system does not tell, as all but Linux.
 */
export function startOfProcess(number: number): string | undefined {
  return readProcess(number)?.start;
}

/** What Linux says of a process; `undefined` where it says nothing. */
function readProcess(number: number): { readonly start: string; readonly hasEnded: boolean } | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = told(() => readFileSync(`/proc/${number}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  // The second field is the command's name in parentheses and may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  if (start === undefined) return undefined;
  // A killed process that nobody waited for stays listed. Until its last thread ended it may still write.
  const threads = state === 'Z' ? told(() => readdirSync(`/proc/${number}/task`).length) : undefined;
  return { start, hasEnded: state === 'X' || (state === 'Z' && (threads === undefined || threads === 1)) };
}

/** Something that the system may or may not tell. */
function told<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function isSystemError(error: unknown, code?: string): boolean {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return false;
  return code === undefined || error.code === code;
}
