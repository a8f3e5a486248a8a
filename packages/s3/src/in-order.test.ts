import { describe, expect, test } from 'vitest';
import { inOrder } from './in-order.ts';

interface Log {
  running: number;
  most: number;
  ended: number;
  taken: number;
}

function streams(
  log: Log,
  contents: ReadonlyArray<readonly string[]>,
  failing = -1,
): Array<() => AsyncGenerator<string>> {
  return contents.map(
    (items, index) =>
      async function* stream() {
        log.running += 1;
        log.most = Math.max(log.most, log.running);
        try {
          for (const item of items) {
            await Promise.resolve();
            if (index === failing) throw new Error(`failed at ${item}`);
            log.taken += 1;
            yield item;
          }
        } finally {
          log.running -= 1;
          log.ended += 1;
        }
      },
  );
}

const contents = [['a', 'b'], [], ['c', 'd', 'e'], ['f'], ['g', 'h', 'i', 'j', 'k', 'l']];
const all = contents.flat();
const fresh = (): Log => ({ running: 0, most: 0, ended: 0, taken: 0 });

async function collect(stream: AsyncIterable<string>): Promise<string[]> {
  const items: string[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe('inOrder', () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 10],
  ])('%i at once, %i ahead: every item once, in order', async (atOnce, ahead) => {
    const log = fresh();
    expect(await collect(inOrder(streams(log, contents), { atOnce, ahead }))).toEqual(all);
    expect(log).toMatchObject({ running: 0, ended: contents.length });
    expect(log.most).toBeLessThanOrEqual(atOnce);
  });

  test('a failure comes after what came before it, and ends all', async () => {
    const log = fresh();
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const item of inOrder(streams(log, contents, 3), { atOnce: 5, ahead: 2 })) seen.push(item);
    };
    await expect(read()).rejects.toThrow('failed at f');
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(log.running).toBe(0);
  });

  test('a consumer that stops ends all, and no more is taken than may be ahead', async () => {
    const log = fresh();
    for await (const item of inOrder(streams(log, contents), { atOnce: 2, ahead: 1 })) {
      expect(item).toBe('a');
      break;
    }
    expect(log.running).toBe(0);
    expect(log.taken).toBeLessThanOrEqual(4);
  });
});
