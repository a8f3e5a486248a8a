import { isAbortError, isSyncEngineError, type RailCode } from '@syncengine/core';
import type { Colors } from './colors.ts';
import { flagToAllow } from './options.ts';
import { printable } from './printable.ts';
import { messageOf } from './report-json.ts';

/** An error for people, on one line or, with its trace, on several. */
export function errorText(error: unknown, colors: Colors, verbose: boolean): string {
  if (isAbortError(error)) return 'Interrupted.';
  // Mistakes in one file, each on a line of its own.
  if (isSyncEngineError(error, 'invalid-options') && error.cause instanceof AggregateError) {
    return error.cause.errors.map((each) => errorText(each, colors, verbose)).join('\n');
  }
  const head = `${colors.red('syncengine:')} ${printable(messageOf(error))}`;
  if (isSyncEngineError(error))
    return isRail(error.code) ? `${head} To lift this rail once: ${flagToAllow(error.code)}` : head;
  const trace = verbose && error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [];
  return [head, ...trace.map(printable)].join('\n');
}

/** The way out of a damaged memory, where it is not kept in the usual place: the error itself cannot know of the flag. */
export function stateHint(error: unknown, folder: string | undefined): string {
  if (folder === undefined || !isSyncEngineError(error, 'state-corrupt')) return '';
  return ` Give that command --state ${printable(JSON.stringify(folder))} too.`;
}

function isRail(code: string): code is RailCode {
  return code.startsWith('rail-');
}
