import { describe, expect, test } from 'vitest';
import { forEachConcurrently, Gate, SyncControl } from './index.ts';

/** Lets everything run that can run without time passing. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((release) => {
    resolve = release;
  });
  return { promise, resolve };
}

describe('a gate', () => {
  test('lets in as many as its limit, and the others in order of arrival', async () => {
    const gate = new Gate(2);
    const doors = [deferred(), deferred(), deferred(), deferred()];
    const entered: number[] = [];
    const runs = doors.map(({ promise }, index) =>
      gate.run(() => {
        entered.push(index);
        return promise;
      }),
    );
    await settled();
    expect(entered).toEqual([0, 1]);
    doors[1]?.resolve();
    await settled();
    expect(entered).toEqual([0, 1, 2]);
    for (const { resolve } of doors) resolve();
    await Promise.all(runs);
    expect(entered).toEqual([0, 1, 2, 3]);
  });

  test('gives its place back when the work fails', async () => {
    const gate = new Gate(1);
    await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(gate.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });

  test('forgets those who stop waiting', async () => {
    const gate = new Gate(1);
    const door = deferred();
    const inside = gate.run(() => door.promise);
    const abort = new AbortController();
    const waiting = gate.run(() => Promise.resolve('never'), abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    door.resolve();
    await inside;
    await expect(gate.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  test.for([0, -1, 1.5, Number.NaN])('has no limit of %d', (limit) => {
    expect(() => new Gate(limit)).toThrow(TypeError);
  });
});

describe('a control', () => {
  test('holds back while paused and goes on when resumed', async () => {
    const control = new SyncControl();
    control.pause();
    let went = false;
    const waiting = control.proceed().then(() => {
      went = true;
    });
    await settled();
    expect(went).toBe(false);
    control.resume();
    await waiting;
    expect(went).toBe(true);
  });

  test('cancelling wakes what was paused, with an AbortError, and lasts', async () => {
    const control = new SyncControl();
    control.pause();
    const waiting = control.proceed();
    control.cancel();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    control.pause();
    await expect(control.proceed()).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('follows a signal until it is told not to', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const control = new SyncControl();
    control.follow(first.signal)();
    first.abort();
    expect(control.isCancelled).toBe(false);
    control.follow(second.signal);
    second.abort();
    expect(control.isCancelled).toBe(true);
  });
});

test('concurrent work ends only when all that was started has ended, and starts nothing after a failure', async () => {
  const doors = [deferred(), deferred(), deferred()];
  const started: number[] = [];
  let ended = false;
  const all = forEachConcurrently(doors.entries(), 2, async ([index, { promise }]) => {
    started.push(index);
    await promise;
    if (index === 0) throw new Error('first');
  }).finally(() => {
    ended = true;
  });
  doors[0]?.resolve();
  await settled();
  expect(ended).toBe(false);
  doors[1]?.resolve();
  await expect(all).rejects.toThrow('first');
  expect(started).toEqual([0, 1]);
});
