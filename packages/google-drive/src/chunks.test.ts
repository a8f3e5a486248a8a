import { expect, test } from 'vitest';
import { inChunks } from './chunks.ts';

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function cut(...texts: readonly string[]): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const { start, bytes, isLast } of inChunks(pieces(...texts), 3)) {
    chunks.push([start, Buffer.from(bytes).toString(), isLast]);
  }
  return chunks;
}

test.each([
  [
    ['abcdefg'],
    [
      [0, 'abc', false],
      [3, 'def', false],
      [6, 'g', true],
    ],
  ],
  [
    ['a', 'bcd', '', 'ef'],
    [
      [0, 'abc', false],
      [3, 'def', true],
    ],
  ],
  [['abc'], [[0, 'abc', true]]],
  [['ab', ''], [[0, 'ab', true]]],
  [[], [[0, '', true]]],
])('%j is cut at every third byte, and only the end is last', async (texts, chunks) => {
  expect(await cut(...texts)).toEqual(chunks);
});

test('the last piece comes only when the stream has ended', async () => {
  const broken = new Error('broken');
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('abcdef');
    throw broken;
  }
  const seen: boolean[] = [];
  const read = async (): Promise<void> => {
    for await (const { isLast } of inChunks(breaking(), 3)) seen.push(isLast);
  };
  await expect(read()).rejects.toBe(broken);
  expect(seen).toEqual([false]);
});
