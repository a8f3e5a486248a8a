import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MemoryStorageClient, type StorageClient } from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { generate, type SimulationFailure, simulate, tell } from '../src/index.ts';
import { regressions } from './regressions.ts';

/** CI plays more, from a seed of its own unless it names one. */
const wanted = process.env['SYNCENGINE_SIMULATED_RUNS'];
const named = process.env['SYNCENGINE_SIMULATED_SEED'];
const runs = wanted === undefined ? 4_000 : Number(wanted);
const seed = named !== undefined ? Number(named) : wanted === undefined ? 1 : randomInt(2 ** 31);
const program = fileURLToPath(new URL('../../../scripts/simulate.mjs', import.meta.url));

describe('every promise holds', () => {
  test(`in ${runs} simulated runs from seed ${seed}`, { timeout: 1_200_000 }, async () => {
    // By the built simulator, in processes of its own: the test runner's way to load sources makes it many times slower.
    const jobs = Math.min(availableParallelism(), 4);
    const parameters = { runs, seed, jobs, failures: 3 };
    const told = await promisify(execFile)(
      process.execPath,
      [program, '--built', ...Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, String(value)])],
      { maxBuffer: 2 ** 26 },
    ).catch((error: { readonly stdout: string; readonly stderr: string }) => error);
    process.stdout.write(told.stdout);
    expect(told.stderr).toBe('');
    expect(told.stdout.trimEnd()).toMatch(/: every promise held\.$/);
  });

  test.for(regressions)('in the case of seed $case.seed: $wasWrong', async ({ case: broken }) => {
    expect((await tell(broken)).split('\n').slice(-1)).toEqual(['All promises hold.']);
  });
});

describe('a simulation', () => {
  test('is the same whenever its seed is the same', async () => {
    const eventful = Array.from({ length: 15 }, (_, index) => 100 + index);
    for (const chosen of eventful) {
      expect(generate(chosen)).toEqual(generate(chosen));
      expect(await tell(generate(chosen))).toBe(await tell(generate(chosen)));
    }
  });

  test('plays a side by a client of ones own, and finds what is wrong with it', async () => {
    const report = await simulate({
      runs: 20_000,
      seed: 1,
      createSide: (side) => (side === 'destination' ? new LazyClient({ id: 'lazy:', trash: 'none' }) : undefined),
    });
    const [failure] = report.failures;
    expect(failure?.story).toContain('BROKEN: ');
    expect(failure?.story).toContain('the engine on the destination: remove');
    expect(failure?.smallest.rounds.length).toBeLessThanOrEqual(2);
  });

  test('knows a client only by the protocol, where it is no memory client', async () => {
    const report = await simulate({
      runs: 600,
      seed: 1,
      createSide: (side) => onlyProtocol(new MemoryStorageClient({ id: `remote:${side}` })),
    });
    expect(storiesOf(report.failures)).toBe('');
  });

  test('ends when it is told to', async () => {
    const reason = new Error('enough');
    await expect(simulate({ runs: 1, seed: 1, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

function storiesOf(failures: readonly SimulationFailure[]): string {
  return failures.map(({ story }) => story).join('\n\n');
}

/** Says that it removed what it did not. */
class LazyClient extends MemoryStorageClient {
  override async remove(): Promise<void> {
    await this.stat('');
  }
}

/** A client without anything that the protocol does not ask for. */
function onlyProtocol(client: MemoryStorageClient): StorageClient {
  return {
    id: client.id,
    capabilities: client.capabilities,
    list: (...parameters) => client.list(...parameters),
    stat: (...parameters) => client.stat(...parameters),
    read: (...parameters) => client.read(...parameters),
    write: (...parameters) => client.write(...parameters),
    remove: (...parameters) => client.remove(...parameters),
    makeDirectory: (...parameters) => client.makeDirectory(...parameters),
    ...(client.move === undefined ? {} : { move: client.move }),
    ...(client.makeSymlink === undefined ? {} : { makeSymlink: client.makeSymlink }),
    ...(client.hash === undefined ? {} : { hash: client.hash }),
    ...(client.setMetadata === undefined ? {} : { setMetadata: client.setMetadata }),
  };
}
