import { describe, expect, test } from 'vitest';
import { AdaptiveLimit, type Place } from './index.ts';

/** Lets everything run that can run without time passing. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function enterAll(limit: AdaptiveLimit, count: number): Promise<Place[]> {
  const places: Place[] = [];
  for (let index = 0; index < count; index += 1) void limit.enter().then((place) => places.push(place));
  await settled();
  return places;
}

function finish(places: Iterable<Place>, outcome: 'succeeded' | 'throttled'): void {
  for (const place of places) {
    place[outcome]();
    place.leave();
  }
}

describe('a limit that adapts', () => {
  test('is none until the other side asks for less', async () => {
    const limit = new AdaptiveLimit();
    expect(await enterAll(limit, 100)).toHaveLength(100);
    expect(limit.limit).toBe(Number.POSITIVE_INFINITY);
  });

  test('halves what is running, once for a burst of refusals', async () => {
    const limit = new AdaptiveLimit();
    const places = await enterAll(limit, 16);
    finish(places.slice(0, 10), 'throttled');
    expect(limit.limit).toBe(8);
    finish(places.slice(10), 'succeeded');
    finish(await enterAll(limit, 8), 'throttled');
    expect(limit.limit).toBe(4);
  });

  test('never goes below one, and that one still works', async () => {
    const limit = new AdaptiveLimit();
    for (let round = 0; round < 5; round += 1) finish(await enterAll(limit, 1), 'throttled');
    expect(limit.limit).toBe(1);
    expect(await enterAll(limit, 3)).toHaveLength(1);
  });

  test('lets the others in one by one, in order of arrival', async () => {
    const limit = new AdaptiveLimit();
    finish(await enterAll(limit, 2), 'throttled');
    const entered: number[] = [];
    const places: Place[] = [];
    for (let index = 0; index < 3; index += 1) {
      void limit.enter().then((place) => {
        entered.push(index);
        places.push(place);
      });
    }
    await settled();
    expect(entered).toEqual([0]);
    for (let index = 0; index < 2; index += 1) {
      places[index]?.leave();
      await settled();
    }
    expect(entered).toEqual([0, 1, 2]);
    expect(limit.limit).toBe(1);
  });

  test('recovers gradually: one more for each round that went well', async () => {
    const limit = new AdaptiveLimit();
    finish(await enterAll(limit, 8), 'throttled');
    const limits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      finish(await enterAll(limit, limit.limit), 'succeeded');
      limits.push(limit.limit);
    }
    expect(limits).toEqual([5, 6, 7, 8, 9]);
  });

  test('what fails otherwise neither lowers nor raises it', async () => {
    const limit = new AdaptiveLimit();
    finish(await enterAll(limit, 8), 'throttled');
    for (const place of await enterAll(limit, 4)) place.leave();
    expect(limit.limit).toBe(4);
    expect(limit.running).toBe(0);
  });

  test('forgets those who stop waiting', async () => {
    const limit = new AdaptiveLimit();
    finish(await enterAll(limit, 2), 'throttled');
    const [inside] = await enterAll(limit, 1);
    const abort = new AbortController();
    const waiting = limit.enter(abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    inside?.leave();
    expect(await enterAll(limit, 1)).toHaveLength(1);
  });
});
