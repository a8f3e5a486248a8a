import { describe, expect, test } from 'vitest';
import { SyncEngineError } from '../../src/index.ts';
import { inSync } from '../rails/rail.ts';
import { altered } from '../support/faults.ts';
import { Pair, type Wrap } from '../support/pair.ts';
import { make, treeOf } from '../support/tree.ts';

const refusing: Wrap = (client) => {
  const refuse = async (path: string): Promise<void> => {
    throw new SyncEngineError('permission-denied', `${path} is not yours.`, { path });
  };
  return altered(client, {
    move: async (from, to, options) => {
      if (from.startsWith('.syncengine/moving')) return await refuse(from);
      await client.move?.(from, to, options);
    },
    remove: async (path, options) => {
      if (path.startsWith('.syncengine/moving')) return await refuse(path);
      await client.remove(path, options);
    },
  });
};

describe.for(['source', 'destination'] as const)('what a killed run left half-way round a circle on the %s', (side) => {
  test('that cannot be cleared away is told, and all else is brought in sync', async () => {
    const pair = await inSync({ 'a.txt': 'a' });
    pair[side].put('.syncengine/moving/0', 'left');
    make(pair.source, { 'new.txt': 'new' });

    const result = await pair.engine({}, { [side]: refusing }).sync();
    expect(result.status).toBe('clean');
    expect(result.notices.map(({ message }) => message)).toEqual(['.syncengine/moving is not yours.']);
    expect(treeOf(pair.destination)).toEqual({ 'a.txt': 'a', 'new.txt': 'new' });
    expect(pair[side].text('.syncengine/moving/0')).toBe('left');
  });

  test('is cleared away where nothing can be moved and folders are only implied', async () => {
    const pair = new Pair({ [side]: { directories: 'implied', move: false, trash: 'none' } });
    make(pair.source, { 'a.txt': 'a' });
    pair[side].put('.syncengine/moving/d/0', 'left');
    const result = await pair.engine().sync();
    expect(result).toMatchObject({ status: 'clean', notices: [] });
    expect(pair[side].text('.syncengine/moving/d/0')).toBeUndefined();
  });
});
