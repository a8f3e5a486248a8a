import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  FileStateStore,
  LocalStorageClient,
  MemoryStateStore,
  type StorageClient,
  SyncEngine,
  SyncStateManager,
} from '../../src/index.ts';
import { altered } from '../support/faults.ts';

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'syncengine-'));
  mkdirSync(join(base, 'source/inner'), { recursive: true });
  mkdirSync(join(base, 'destination'));
  writeFileSync(join(base, 'source/inner/file'), 'text');
});

afterEach(() => rmSync(base, { recursive: true }));

function folder(path: string): LocalStorageClient {
  return new LocalStorageClient(join(base, path));
}

function inMemory(): SyncStateManager {
  return new SyncStateManager({ store: new MemoryStateStore() });
}

describe('a root inside the other one, under a path that does not show it', () => {
  /** A bind mount, played by a client that goes by another name. */
  const mounted = (path: string): StorageClient => altered(folder(path), { id: 'file:///mounted/elsewhere' });

  test.each([
    ['source', () => ({ source: folder('source'), destination: mounted('source/inner') })],
    ['destination', () => ({ source: mounted('source/inner'), destination: folder('source') })],
  ])('is found in the %s, and nothing is changed', async (_, sides) => {
    const engine = new SyncEngine({ ...sides(), state: inMemory() });
    await expect(engine.plan()).rejects.toMatchObject({ code: 'nested-roots', path: 'inner' });
    await expect(engine.sync()).rejects.toMatchObject({ code: 'nested-roots', path: 'inner' });
    expect(readdirSync(join(base, 'source'))).toEqual(['inner']);
    expect(readdirSync(join(base, 'source/inner'))).toEqual(['file']);
  });

  test('is no hindrance where it is ignored', async () => {
    writeFileSync(join(base, 'source/.syncignore'), '/inner/\n');
    const sides = { source: folder('source'), destination: mounted('source/inner') };
    expect((await new SyncEngine({ ...sides, state: inMemory() }).sync()).status).toBe('clean');
    expect(readdirSync(join(base, 'source/inner'))).not.toContain('inner');
  });
});

describe('state inside a root', () => {
  const modes = ['two-way', 'source-to-destination', 'source-backup', 'destination-to-source', 'destination-backup'];

  test.each(modes.flatMap((mode) => ['source', 'destination'].map((side) => [mode, side] as const)))(
    '%s: is never synchronised, in the %s',
    async (mode, side) => {
      const state = new SyncStateManager({ store: new FileStateStore(join(base, side, 'deep/state')) });
      const other = side === 'source' ? 'destination' : 'source';
      for (let run = 0; run < 3; run += 1) {
        const engine = new SyncEngine({ source: folder('source'), destination: folder('destination'), mode, state });
        const { status } = await engine.sync({ allow: ['rail-root-emptied'] });
        expect(status).toBe('clean');
        if (run > 0) expect((await engine.plan()).operations).toEqual([]);
      }
      expect(readdirSync(join(base, other), { recursive: true })).not.toContain(join('deep', 'state'));
      expect(readdirSync(join(base, side, 'deep/state'))).toHaveLength(1);
    },
  );

  test('is not synchronised when a link leads to it either', async () => {
    mkdirSync(join(base, 'source/state'));
    symlinkSync(join(base, 'source/state'), join(base, 'link'));
    const state = new SyncStateManager({ store: new FileStateStore(join(base, 'link')) });
    const engine = new SyncEngine({ source: folder('source'), destination: folder('destination'), state });
    expect((await engine.sync()).status).toBe('clean');
    expect(readdirSync(join(base, 'destination'))).not.toContain('state');
  });

  test.each(['source', 'destination'])('cannot be the %s itself', async (side) => {
    const before = readdirSync(join(base, side));
    const state = new SyncStateManager({ store: new FileStateStore(join(base, side)) });
    const engine = new SyncEngine({ source: folder('source'), destination: folder('destination'), state });
    await expect(engine.sync()).rejects.toMatchObject({ code: 'invalid-options', side });
    await expect(engine.plan()).rejects.toMatchObject({ code: 'invalid-options', side });
    expect(readdirSync(join(base, side))).toEqual(before);
  });
});
