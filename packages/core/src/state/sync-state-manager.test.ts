import { describe, expect, test } from 'vitest';
import type { BaseRecord } from '../compare/index.ts';
import { MemoryStateStore, type PairState, SyncStateManager } from './index.ts';

const pair = { source: 'local:/a', destination: 'local:/b' };

function file(path: string, version = 'v1'): BaseRecord {
  return { key: path, kind: 'file', size: 3, source: { path, version }, destination: { path, version } };
}

async function keys(state: PairState): Promise<string[]> {
  const found: string[] = [];
  for await (const page of state.records({ folding: 'exact' })) found.push(...page.map((record) => record.key));
  return found;
}

describe('a pair', () => {
  test('remembers what was committed', async () => {
    const store = new MemoryStateStore();
    const manager = new SyncStateManager({ store });
    const state = await manager.open(pair, { access: 'write' });
    expect(state.exists).toBe(false);
    await state.commit([
      { kind: 'record', record: file('b') },
      { kind: 'record', record: file('a') },
    ]);
    expect(await keys(state)).toEqual(['a', 'b']);
    await state.finish({ folding: 'exact' });
    await state[Symbol.asyncDispose]();
    const again = await manager.open(pair, { access: 'read' });
    expect(again.exists).toBe(true);
    expect(await keys(again)).toEqual(['a', 'b']);
    expect(again.generation).toBe(state.generation);
  });
});
