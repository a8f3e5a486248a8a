import { expect, test } from 'vitest';
import { Ways } from './ways.ts';

test('what one write was told holds for those beside it', () => {
  const ways = new Ways();
  ways.enter('/root/folder');
  expect(ways.isSure('/root/folder')).toBe(false);
  ways.enter('/root/folder');
  ways.found('/root/folder');
  expect([ways.isSure('/root/folder'), ways.isSure('/root/other')]).toEqual([true, false]);
});

test('nothing is remembered from one write to the next', () => {
  const ways = new Ways();
  ways.enter('/root/folder');
  ways.found('/root/folder');
  ways.leave('/root/folder');
  ways.enter('/root/folder');
  expect(ways.isSure('/root/folder')).toBe(false);
});

test('what nobody writes to is not remembered', () => {
  const ways = new Ways();
  ways.found('/root/folder');
  ways.leave('/root/folder');
  expect(ways.isSure('/root/folder')).toBe(false);
});
