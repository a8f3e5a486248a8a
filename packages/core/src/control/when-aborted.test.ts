import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../system-clock.ts';
import { AdaptiveLimit, Gate, whenAborted } from './index.ts';

const reason = new Error('enough');

test('calls back once, and only those who still want it', () => {
  const abort = new AbortController();
  const called: string[] = [];
  whenAborted(abort.signal, () => called.push('first'));
  const forget = whenAborted(abort.signal, () => called.push('second'));
  whenAborted(abort.signal, () => called.push('third'));
  forget();
  abort.abort();
  abort.abort();
  expect(called).toEqual(['first', 'third']);
});

test('however many wait, a signal has one listener, and an abort reaches all of them', async () => {
  const abort = new AbortController();
  const { signal } = abort;
  const gate = new Gate(1);
  const limit = new AdaptiveLimit();
  const place = await limit.enter();
  place.throttled();
  const never = new Promise<void>(() => undefined);
  void gate.run(() => never);
  const waiting = Array.from({ length: 40 }, () => [
    gate.run(async () => undefined, signal),
    limit.enter(signal),
    systemClock.sleep(1_000_000, signal),
  ]).flat();
  const outcomes = Promise.allSettled(waiting);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  abort.abort(reason);
  for (const outcome of await outcomes) expect(outcome).toEqual({ status: 'rejected', reason });
});

test('who was admitted in time hears no more of the signal', async () => {
  const abort = new AbortController();
  const { signal } = abort;
  const gate = new Gate(1);
  let end = (): void => undefined;
  const first = gate.run(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    signal,
  );
  const second = gate.run(async () => 'second', signal);
  await Promise.resolve();
  end();
  await first;
  expect(await second).toBe('second');
  await systemClock.sleep(0, signal);
  abort.abort(reason);
  expect(await gate.run(async () => 'third')).toBe('third');
});
