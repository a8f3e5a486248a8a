import { describe, expect, test } from 'vitest';
import type { Clock } from '../control/index.ts';
import { contentOf } from '../storage/index.ts';
import { MemoryStorageClient } from './index.ts';

describe('a memory client', () => {
  test('tells what a person did in it', () => {
    const client = new MemoryStorageClient();
    client.put('a/b', 'text');
    client.putDirectory('empty/dir');
    client.putSymlink('link', 'a/b');
    client.put('.syncengine/trash/x', 'old');
    client.rename('a', 'c');
    expect([...client.snapshot()]).toEqual([
      ['c/', ''],
      ['c/b', 'text'],
      ['empty/', ''],
      ['empty/dir/', ''],
      ['link', '-> a/b'],
    ]);
    expect(client.snapshot({ reserved: true }).get('.syncengine/trash/x')).toBe('old');
    client.delete('empty');
    expect(client.text('c/b')).toBe('text');
    expect(client.snapshot().has('empty/')).toBe(false);
  });

  test('an edit in place keeps the identity, a write from the protocol gives a new one', async () => {
    const client = new MemoryStorageClient();
    client.put('file', 'one');
    const first = await client.stat('file');
    client.put('file', 'two');
    const second = await client.stat('file');
    await client.write('file', contentOf('three'));
    const third = await client.stat('file');
    expect(second?.identity).toBe(first?.identity);
    expect(third?.identity).not.toBe(second?.identity);
  });

  test('removes no file where a directory is meant', async () => {
    const client = new MemoryStorageClient();
    client.put('path', 'text');
    await expect(client.remove('path', { kind: 'directory' })).rejects.toMatchObject({ code: 'precondition-failed' });
    expect(client.text('path')).toBe('text');
    client.delete('path');
    client.putDirectory('path');
    await client.remove('path', { kind: 'directory' });
    expect([...client.snapshot()]).toEqual([]);
  });

  test('a missing root is neither listed nor made by a write', async () => {
    const client = new MemoryStorageClient();
    client.put('file', 'text');
    client.delete('');
    expect(await client.stat('')).toBeUndefined();
    await expect(client.list('').next()).rejects.toMatchObject({ code: 'not-found' });
    await expect(client.write('file', contentOf('x'))).rejects.toMatchObject({ code: 'root-missing' });
    await client.makeDirectory('');
    expect([...client.snapshot()]).toEqual([]);
  });

  test('a power cut loses what was not flushed, from the end', async () => {
    const client = new MemoryStorageClient({ losesUnflushed: true });
    await client.write('kept', contentOf('1'));
    await client.flush();
    await client.write('kept', contentOf('2'));
    await client.write('first', contentOf('3'));
    await client.remove('kept');
    client.powerCut(2);
    expect([...client.snapshot()]).toEqual([
      ['first', '3'],
      ['kept', '2'],
    ]);
    await client.remove('first');
    client.powerCut();
    expect([...client.snapshot().keys()]).toEqual(['first', 'kept']);
  });

  test('a full store refuses, and says how much is free', async () => {
    const client = new MemoryStorageClient({ capacity: 10 });
    await client.write('a', contentOf('123456'));
    expect(await client.usage()).toEqual({ freeBytes: 4 });
    await expect(client.write('b', contentOf('12345'))).rejects.toMatchObject({ code: 'no-space' });
    await client.write('a', contentOf('1234567890'));
    expect(await client.usage()).toEqual({ freeBytes: 0 });
  });

  test('latency passes by the clock, and an abort ends the wait', async () => {
    const slept: number[] = [];
    const clock: Clock = {
      now: () => 5,
      random: () => 0,
      sleep: async (milliseconds, signal) => {
        signal?.throwIfAborted();
        slept.push(milliseconds);
      },
    };
    const client = new MemoryStorageClient({ latency: 30, clock });
    expect((await client.write('a', contentOf('x'))).modifiedAt).toBe(5);
    await client.stat('a');
    expect(slept).toEqual([30, 30]);
    const reason = new Error('enough');
    await expect(client.stat('a', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('coarse times hide a change of the same size from versions made of them', async () => {
    const client = new MemoryStorageClient({ versions: 'size-and-time', timePrecision: 2000 });
    client.put('a', 'one', { modifiedAt: 10_500 });
    const before = await client.stat('a');
    client.put('a', 'two', { modifiedAt: 11_500 });
    expect(await client.stat('a')).toEqual(before);
    expect(before?.modifiedAt).toBe(10_000);
  });

  test('a native trash keeps what is removed and replaced', async () => {
    const client = new MemoryStorageClient({ trash: 'native' });
    client.put('a', 'one');
    await client.write('a', contentOf('two'));
    await client.remove('a');
    expect(client.trashed()).toEqual([
      { path: 'a', text: 'one' },
      { path: 'a', text: 'two' },
    ]);
  });
});
