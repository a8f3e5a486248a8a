import { MemoryStorageClient } from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { benchmarkTable, storageBenchmark } from '../src/index.ts';

describe('a benchmark', () => {
  test('times each kind of work, and leaves what was there', async () => {
    const client = new MemoryStorageClient();
    client.put('mine', 'text');
    const rows = await storageBenchmark({ client, files: 12, smallBytes: 100, largeBytes: 3_000_000 });
    expect(rows.map(({ name, calls, bytes }) => [name, calls, bytes])).toEqual([
      ['write small', 12, 1200],
      ['list', 1, 0],
      ['stat', 12, 0],
      ['read small', 12, 1200],
      ['write large', 1, 3_000_000],
      ['read large', 1, 3_000_000],
      ['remove', 12, 0],
    ]);
    expect(rows[1]?.entries).toBe(12);
    for (const row of rows) {
      expect(row.seconds).toBeGreaterThan(0);
      expect(row.callsPerSecond).toBeCloseTo(row.calls / row.seconds);
      expect(row.bytesPerSecond).toBeCloseTo(row.bytes / row.seconds);
    }
    expect([...client.snapshot()]).toEqual([['mine', 'text']]);
  });

  test('is a table with a line for each kind of work', async () => {
    const client = new MemoryStorageClient({ directories: 'implied', move: false, trash: 'none' });
    const table = benchmarkTable(await storageBenchmark({ client, files: 3, largeBytes: 1000 }));
    const lines = table.trimEnd().split('\n');
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/calls +seconds +calls\/s +entries\/s +MB\/s$/);
    expect(lines[1]).toMatch(/^write small +3 +\d+\.\d{3} +[\d.e+]+ +[\d.e+]+$/);
    expect([...client.snapshot()]).toEqual([]);
  });

  test('tidies up when it fails, and when it is aborted', async () => {
    const client = new MemoryStorageClient({ capacity: 50_000 });
    const full = storageBenchmark({ client, files: 10, smallBytes: 100, largeBytes: 60_000 });
    await expect(full).rejects.toMatchObject({ code: 'no-space' });
    expect([...client.snapshot()]).toEqual([]);
    const reason = new Error('enough');
    const aborted = storageBenchmark({ client, signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
    expect([...client.snapshot()]).toEqual([]);
  });

  test('touches nothing that stands in its way', async () => {
    const client = new MemoryStorageClient();
    client.put('syncengine-benchmark/mine', 'text');
    await expect(storageBenchmark({ client })).rejects.toThrow(TypeError);
    expect(client.text('syncengine-benchmark/mine')).toBe('text');
    await expect(storageBenchmark({ client, directory: 'other', files: 0 })).rejects.toThrow(/files/);
  });
});
