import { expect, test } from 'vitest';
import { Allowance } from './allowance.ts';

const isSettled = async (work: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  work.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
};

test('so much at once, the others in order', async () => {
  const allowance = new Allowance(10);
  await allowance.take(6);
  const second = allowance.take(6);
  const third = allowance.take(1);
  expect(await isSettled(third)).toBe(false);
  expect(allowance.takeIfFree(1)).toBe(false);
  allowance.give(6);
  await second;
  await third;
  expect(allowance.takeIfFree(3)).toBe(true);
  expect(allowance.takeIfFree(1)).toBe(false);
});

test('more than the limit is admitted alone', async () => {
  const allowance = new Allowance(10);
  await allowance.take(100);
  expect(await isSettled(allowance.take(1))).toBe(false);
});

test('who gives up makes room for the next', async () => {
  const allowance = new Allowance(10);
  await allowance.take(5);
  const abort = new AbortController();
  const large = allowance.take(10, abort.signal);
  const small = allowance.take(5);
  const reason = new Error('enough');
  abort.abort(reason);
  await expect(large).rejects.toBe(reason);
  await small;
  await expect(allowance.take(1, abort.signal)).rejects.toBe(reason);
});

test('many may wait with one signal', async () => {
  const warnings: unknown[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning);
  process.on('warning', onWarning);
  const allowance = new Allowance(1);
  const abort = new AbortController();
  await allowance.take(1);
  const takes = Array.from({ length: 50 }, () => allowance.take(1, abort.signal));
  abort.abort(new Error('enough'));
  const outcomes = await Promise.allSettled(takes);
  expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

test('a lower limit counts from then on', async () => {
  const allowance = new Allowance(10);
  await allowance.take(6);
  allowance.limitTo(4);
  const next = allowance.take(3);
  expect(await isSettled(next)).toBe(false);
  allowance.give(6);
  await next;
  expect(allowance.takeIfFree(2)).toBe(false);
  expect(allowance.takeIfFree(1)).toBe(true);
});
