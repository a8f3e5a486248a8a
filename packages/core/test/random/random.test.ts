import process from 'node:process';
import { expect, test } from 'vitest';
import { play } from './play.ts';

// A longer search, or a look at one seed: SYNCENGINE_RUNS=20000 SYNCENGINE_SEED=1.
const runs = Number(process.env['SYNCENGINE_RUNS'] ?? 200);
const firstSeed = Number(process.env['SYNCENGINE_SEED'] ?? 1);

test(`random trees, changes, places, modes and kills: all that is promised holds for ${runs} seeds from ${firstSeed}`, async () => {
  const failures: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + runs && failures.length < 5; seed += 1) {
    try {
      await play(seed);
    } catch (error) {
      failures.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  expect(failures.join('\n\n')).toBe('');
});
