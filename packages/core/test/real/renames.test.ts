import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  FileStateStore,
  LocalStorageClient,
  SyncEngine,
  type SyncEngineOptions,
  SyncStateManager,
} from '@syncengine/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scratch } from './scratch.ts';

/** Only there to end a test that hangs; a slow disk may take its time. Milliseconds. */
const patience = 300_000;

describe('renames between two local folders', { timeout: patience }, () => {
  let root = '';
  let source = '';
  let destination = '';

  beforeEach(() => {
    root = mkdtempSync(join(scratch, 'syncengine-renames-'));
    source = join(root, 'source');
    destination = join(root, 'destination');
    for (const side of [source, destination]) mkdirSync(side);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function engine(options: Partial<SyncEngineOptions> = {}): SyncEngine {
    return new SyncEngine({
      source: new LocalStorageClient(source),
      destination: new LocalStorageClient(destination),
      state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
      ...options,
    });
  }

  test('a file of 1 GiB: one move, and not a byte is transferred', async () => {
    const size = 2 ** 30;
    for (const side of [source, destination]) {
      const path = join(side, 'large');
      writeFileSync(path, '');
      // Nothing but a hole: it takes no room on the disk.
      truncateSync(path, size);
      utimesSync(path, 1_700_000_000, 1_700_000_000);
    }
    // So that the two are known to be equal without reading them.
    expect((await engine({ compare: 'size-and-mtime' }).sync()).status).toBe('clean');
    mkdirSync(join(source, 'folder'));
    renameSync(join(source, 'large'), join(source, 'folder/renamed'));

    const result = await engine().sync();

    expect(result.status).toBe('clean');
    expect(result.operations.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'make-directory folder',
      'move folder/renamed',
    ]);
    expect(result.bytes).toEqual({ transferred: 0 });
    expect(statSync(join(destination, 'folder/renamed')).size).toBe(size);
    expect(readdirSync(destination).sort()).toEqual(['folder']);
    expect((await engine().plan()).operations).toEqual([]);
  });

  test('a folder of 10,000 files: one operation, and not a byte is transferred', async () => {
    const files = 10_000;
    for (let index = 0; index < files; index += 1) {
      const folder = join(source, 'folder', String(index % 100));
      if (index < 100) mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `file ${index}`), `content ${index}`);
    }
    expect((await engine().sync()).counts.created).toBe(files + 101);
    renameSync(join(source, 'folder'), join(source, 'renamed'));

    const result = await engine({ maximumDeletions: { files: 0 } }).sync();

    expect(result.status).toBe('clean');
    expect(result.operations.map(({ kind, side, path }) => `${kind} ${side} ${path}`)).toEqual([
      'move destination renamed',
    ]);
    expect(result.bytes).toEqual({ transferred: 0 });
    expect(readdirSync(join(destination, 'renamed'), { recursive: true })).toHaveLength(files + 100);
    expect(readdirSync(destination)).toEqual(['renamed']);
    expect((await engine().plan()).operations).toEqual([]);
  });
});
