import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { generate, type SimulationCase } from '../src/index.ts';

/** More of them, from elsewhere, when somebody wants that: `SYNCENGINE_FEED_RUNS=50000 SYNCENGINE_FEED_SEED=7`. */
const runs = process.env['SYNCENGINE_FEED_RUNS'] ?? '1000';
const seed = process.env['SYNCENGINE_FEED_SEED'] ?? '1';
const program = fileURLToPath(new URL('../../../scripts/simulate.mjs', import.meta.url));

function withoutFeeds({ traits, ...simulated }: SimulationCase): SimulationCase {
  const { feed: _source, ...source } = traits.source;
  const { feed: _destination, ...destination } = traits.destination;
  return { ...simulated, traits: { ...traits, source, destination } };
}

describe('sides with a feed of changes', () => {
  test(`break no promise in ${runs} simulated runs from seed ${seed}`, { timeout: 1_200_000 }, async () => {
    // By the built simulator, as for sides without: see the test of the promises.
    const told = await promisify(execFile)(
      process.execPath,
      [program, '--built', '--feeds', '--runs', runs, '--seed', seed],
      { maxBuffer: 2 ** 26 },
    ).catch((error: { readonly stdout: string; readonly stderr: string }) => error);
    expect(told.stderr).toBe('');
    expect(told.stdout.trimEnd()).toMatch(/: every promise held\.$/);
  });

  test('change nothing else about a case', () => {
    let feeds = 0;
    for (let index = 0; index < 200; index += 1) {
      const simulated = generate(index, { feeds: true });
      expect(withoutFeeds(simulated)).toEqual(generate(index));
      feeds += [simulated.traits.source, simulated.traits.destination].filter(({ feed }) => feed === true).length;
    }
    expect(feeds).toBeGreaterThanOrEqual(200);
  });
});
