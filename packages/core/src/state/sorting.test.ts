import { expect, test } from 'vitest';
import { compareUtf8 } from '../paths/index.ts';
import { inOneGo } from '../turns.ts';
import { sortByKey } from './sorting.ts';

/** Numbers in no order, the same each time; some stand there several times. */
function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index * 7_919) % Math.max(1, Math.floor(count * 0.9)));
}

test.for([0, 1, 2, inOneGo - 1, inOneGo, inOneGo + 1, 3 * inOneGo, 5 * inOneGo + 3])(
  '%i items come in the order of their keys, and equal ones in the order in which they came',
  async (count) => {
    const items = shuffled(count).map((number, index) => ({ key: `k${number}`, index }));
    const sorted = await sortByKey(items, ({ key }) => key);
    expect(sorted).toEqual([...items].sort((left, right) => compareUtf8(left.key, right.key)));
  },
);

test('others get their turn meanwhile', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  await sortByKey(shuffled(4 * inOneGo), String);
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(4);
});
