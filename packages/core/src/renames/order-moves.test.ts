import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderMoves } from './order-moves.ts';
import type { PlacedMove } from './placed-move.ts';

function move(index: number, from: string, to: string): PlacedMove {
  const entry = { kind: 'file', path: from, version: `${index}`, size: 1, modifiedAt: 0 } as const;
  return { index, side: 'source', from: { path: from, key: from }, to: { path: to, key: to }, entry };
}

/** Carries the steps out on names alone, and fails where one finds its place taken or its file gone. */
function carriedOut(moves: readonly PlacedMove[]): Map<string, number> {
  const standing = new Map(moves.map(({ from, index }) => [from.key, index]));
  for (const step of orderMoves(moves, '.moving')) {
    const taken = [...standing.keys()].filter((key) => key === step.to.key || step.to.key.startsWith(`${key}/`));
    expect(step.from.key === step.to.key ? [] : taken).toEqual([]);
    expect(standing.get(step.from.key)).toBe(step.move);
    standing.delete(step.from.key);
    standing.set(step.to.key, step.move);
  }
  return standing;
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'a/x', 'b/x', 'c/x/y'];

/** No name lies below another: they are files. */
function areApart(keys: readonly string[]): boolean {
  return keys.every((key) => keys.every((other) => !other.startsWith(`${key}/`)));
}

describe('the order of moves', () => {
  test('lets every file find its place free, and brings it there', () => {
    const some = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }).filter(areApart);
    const pairs = fc
      .tuple(some, some)
      .map(([from, to]) => [from.slice(0, to.length), to.slice(0, from.length)] as const);
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        const moves = from.map((name, index) => move(index, name, to[index] ?? name));
        const standing = carriedOut(moves);
        expect(standing).toEqual(new Map(moves.map(({ to: { key }, index }) => [key, index])));
      }),
    );
  });

  test('goes through a temporary name only where all wait for each other, once for each circle', () => {
    const chain = ['a', 'b', 'c'].map((name, index) => move(index, name, String.fromCharCode(name.charCodeAt(0) + 1)));
    expect(orderMoves(chain, '.moving').map((step) => step.move)).toEqual([2, 1, 0]);
    const circle = [move(0, 'a', 'b'), move(1, 'b', 'c'), move(2, 'c', 'a'), move(3, 'x', 'y'), move(4, 'y', 'x')];
    const steps = orderMoves(circle, '.moving');
    expect(steps.map(({ move: index, completes }) => [index, completes])).toEqual([
      [0, false],
      [2, true],
      [1, true],
      [0, true],
      [3, false],
      [4, true],
      [3, true],
    ]);
  });

  test('takes no longer for each of many names than for each of few', () => {
    // Every look at a key counts: a line that is gone through again for each step looks at each key as often as there are keys.
    const looksFor = (count: number): number => {
      let looks = 0;
      const moves = Array.from({ length: count }, (_, index) => {
        const plain = move(index, `n${index}`, `n${index + 1}`);
        const watched = (place: PlacedMove['from']): PlacedMove['from'] => ({
          path: place.path,
          get key() {
            looks += 1;
            return place.key;
          },
        });
        return { ...plain, from: watched(plain.from), to: watched(plain.to) };
      });
      expect(orderMoves(moves, '.moving')).toHaveLength(count);
      return looks / count;
    };
    expect(looksFor(20_000)).toBeLessThanOrEqual(looksFor(20) + 1);
  });
});
