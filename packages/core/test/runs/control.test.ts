import { describe, expect, test } from 'vitest';
import { type ProgressEvent, SyncControl, type SyncEngineOptions } from '../../src/index.ts';
import type { Pair } from '../support/pair.ts';
import { census, requireSettled } from '../support/promises.ts';
import { prepared } from '../support/scenario.ts';
import { treeOf } from '../support/tree.ts';

const files = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`f${index}`, `${index}`]));
const oneByOne: Partial<SyncEngineOptions> = { limits: { transfers: 1, operations: 1 } };

async function withWork(): Promise<Pair> {
  return await prepared({ mode: 'two-way', base: { gone: 'g' }, source: { ...files, gone: undefined }, expect: {} });
}

async function requireDone(pair: Pair): Promise<void> {
  pair.clock.advance();
  expect((await pair.engine().sync()).status).toBe('clean');
  expect(treeOf(pair.destination)).toEqual(treeOf(pair.source));
  requireSettled(await pair.engine().plan());
}

describe('cancelling', () => {
  test('before the run: nothing is done, and it is told as cancelled', async () => {
    const pair = await withWork();
    const before = await census(pair.destination);
    const result = await pair.engine().sync({ signal: AbortSignal.abort() });
    expect(result).toMatchObject({ status: 'cancelled', operations: [] });
    expect(await census(pair.destination)).toEqual(before);
    await requireDone(pair);
  });

  test('before a plan: the reason of the signal is thrown', async () => {
    const pair = await withWork();
    await expect(pair.engine().plan({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  const moments: readonly ProgressEvent['type'][] = [
    'run-start',
    'scan',
    'plan',
    'operation-start',
    'operation-progress',
    'operation-done',
  ];
  for (const moment of moments) {
    test(`at the first ${moment}: it is never told as success, and the next run does the rest`, async () => {
      const pair = await withWork();
      const control = new SyncControl();
      const result = await pair.engine(oneByOne).sync({
        control,
        onProgress: ({ type }) => {
          if (type === moment) control.cancel();
        },
      });
      expect(result.status).toBe('cancelled');
      expect(result.operations.length).toBeLessThan(9);
      await requireDone(pair);
    });
  }

  test('by a signal in the middle: what was done is remembered', async () => {
    const pair = await withWork();
    const controller = new AbortController();
    let done = 0;
    const result = await pair.engine(oneByOne).sync({
      signal: controller.signal,
      onProgress: ({ type }) => {
        if (type === 'operation-done') done += 1;
        if (done === 3) controller.abort();
      },
    });
    expect(result).toMatchObject({ status: 'cancelled', counts: { created: 3, deleted: 0 } });
    expect(await pair.known()).toEqual(['anchor', 'f0', 'f1', 'f2', 'gone']);
    await requireDone(pair);
  });

  test('after the last operation was done: the run was done', async () => {
    const pair = await withWork();
    const control = new SyncControl();
    const result = await pair.engine(oneByOne).sync({ control });
    control.cancel();
    expect(result.status).toBe('clean');
    await requireDone(pair);
  });
});

describe('pausing', () => {
  test('no operation starts while paused; resumed, the run goes on to its end', async () => {
    const pair = await withWork();
    const control = new SyncControl();
    const events: string[] = [];
    const turns = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    let resumed: Promise<void> | undefined;
    const result = await pair.engine(oneByOne).sync({
      control,
      onProgress: ({ type }) => {
        events.push(type);
        if (type !== 'operation-done' || resumed !== undefined) return;
        control.pause();
        expect(control.isPaused).toBe(true);
        resumed = turns(20).then(() => {
          events.push('resumed');
          control.resume();
        });
      },
    });
    await resumed;
    const paused = events.slice(events.indexOf('operation-done') + 1, events.indexOf('resumed'));
    expect(paused).toEqual([]);
    expect(result.status).toBe('clean');
    expect(treeOf(pair.destination)).toEqual(treeOf(pair.source));
  });

  test('cancelled while paused, the run ends as cancelled', async () => {
    const pair = await withWork();
    const control = new SyncControl();
    control.pause();
    const running = pair.engine().sync({ control });
    control.cancel();
    expect((await running).status).toBe('cancelled');
    await requireDone(pair);
  });
});
