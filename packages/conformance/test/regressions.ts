import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SimulationCase } from '../src/index.ts';

/** A case that once broke a promise, and what was wrong then. */
export interface Regression {
  readonly wasWrong: string;
  /** Written out rather than drawn from its seed, so that it stays the same whatever the generator draws next. */
  readonly case: SimulationCase;
}

/** One for each line of `regressions.jsonl`; `pnpm simulate --replay S --json` prints such a line for a seed that fails. */
export const regressions: readonly Regression[] = readFileSync(
  fileURLToPath(new URL('regressions.jsonl', import.meta.url)),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '')
  .map((line): Regression => JSON.parse(line));
