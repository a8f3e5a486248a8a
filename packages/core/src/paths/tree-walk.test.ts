import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8, endsRunBefore, WalkReader, WalkWriter } from './index.ts';

function read(run: { readonly start: string; readonly walk: string }): string[] {
  const orders: string[] = [];
  const reader = new WalkReader(run);
  while (reader.next()) orders.push(reader.order);
  return orders;
}

function write(orders: readonly string[]): ReturnType<WalkWriter['take']> {
  const writer = new WalkWriter();
  for (const order of orders) writer.add(order);
  return writer.take();
}

const names = fc.stringMatching(/^[a-c.é\n]{1,3}$/);
const trees = fc
  .array(fc.tuple(fc.array(names, { minLength: 1, maxLength: 5 }), fc.boolean()), { minLength: 1, maxLength: 40 })
  .map((paths) => [...new Set(paths.map(([path, isFile]) => path.join('/') + (isFile ? '' : '/')))].sort(compareUtf8));

test('a run of order keys reads as it was written, also where directories have no entry of their own', () => {
  fc.assert(
    fc.property(trees, fc.nat(), (orders, cut) => {
      const [head, tail] = [orders.slice(0, cut % orders.length), orders.slice(cut % orders.length)];
      const writer = new WalkWriter();
      for (const order of head) writer.add(order);
      const first = writer.take();
      for (const order of tail) writer.add(order);
      const second = writer.take();
      expect([...read(first), ...read(second)]).toEqual(orders);
      expect(second).toMatchObject({ count: tail.length, last: orders.at(-1) });
    }),
  );
});

test('two runs read the same exactly when they are the same', () => {
  fc.assert(
    fc.property(trees, trees, (left, right) => {
      const [one, other] = [write(left), write(right)];
      const isSame = one.start === other.start && one.walk === other.walk;
      expect(isSame).toBe(JSON.stringify(left) === JSON.stringify(right));
    }),
  );
});

test('a run ends before about every thousandth name, wherever it stands', () => {
  const ends = Array.from({ length: 100_000 }, (_, index) => `file-${index}.txt`).filter(endsRunBefore).length;
  expect(ends).toBeGreaterThan(50);
  expect(ends).toBeLessThan(200);
});
