import { isAbortError, isSyncEngineError, type RailCode } from '@syncengine/core';
import type { Colors } from './colors.ts';
import { flagToAllow } from './options.ts';
import { printable } from './printable.ts';
import { messageOf } from './report-json.ts';

/** An error for people, on one line or, with its trace, on several. */
export function errorText(error: unknown, colors: Colors, verbose: boolean): string {
  if (isAbortError(error)) return 'Interrupted.';
  const head = `${colors.red('syncengine:')} ${printable(messageOf(error))}`;
  if (isSyncEngineError(error))
    return isRail(error.code) ? `${head} To lift this rail once: ${flagToAllow(error.code)}` : head;
  const trace = verbose && error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [];
  return [head, ...trace.map(printable)].join('\n');
}

function isRail(code: string): code is RailCode {
  return code.startsWith('rail-');
}
