import picocolors from 'picocolors';
import type { Environment, Output } from './environment.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours for a stream: as `NO_COLOR` and `FORCE_COLOR` say, else on a terminal that knows them. */
export function colorsFor(output: Output, env: Environment['env']): Colors {
  return picocolors.createColors(wantsColor(output, env));
}

function wantsColor(output: Output, env: Environment['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isCapableTerminal(output, env);
}

/** True for a terminal on which lines can be drawn anew. */
export function isCapableTerminal(output: Output, env: Environment['env']): boolean {
  return output.isTTY === true && env['TERM'] !== 'dumb';
}
