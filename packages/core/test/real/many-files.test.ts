import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random, seedFromEnvironment } from './random.ts';
import { changeBothSides, readTree, type Tree } from './trees.ts';

const wanted = 20_000;

/** Only there to end a test that hangs; a slow disk may take its time. Milliseconds. */
const patience = 300_000;
const seed = seedFromEnvironment();

describe(`a real node_modules tree of ${wanted} files or more (SYNCENGINE_SEED=${seed})`, { timeout: patience }, () => {
  const root = mkdtempSync(join(tmpdir(), 'syncengine-many-'));
  const source = join(root, 'source');
  const destination = join(root, 'destination');
  const random = new Random(seed);
  let before: Tree;

  const engine = new SyncEngine({
    source: new LocalStorageClient(source),
    destination: new LocalStorageClient(destination),
    state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
    // pnpm links packages to each other by absolute and relative links alike: all of them are to arrive.
    symlinks: 'preserve',
  });

  beforeAll(() => {
    const modules = join(dirname(fileURLToPath(import.meta.url)), '../../../../node_modules');
    // One copy of what this workspace installed may be too small: copies side by side make up the number.
    for (let copy = 0; copy === 0 || countFiles(source) < wanted; copy += 1) {
      cpSync(modules, join(source, `copy-${copy}`), { recursive: true, verbatimSymlinks: true });
    }
  }, patience);

  afterAll(() => rmSync(root, { recursive: true, force: true }), patience);

  test('the first run copies it', async () => {
    const result = await engine.sync();
    expect(result.status).toBe('clean');
    expect(result.counts.created).toBeGreaterThanOrEqual(wanted);
    expectEqual(source, destination);
  });

  test('the second run plans nothing', async () => {
    expect((await engine.plan()).operations).toEqual([]);
    const result = await engine.sync();
    expect(result.operations).toEqual([]);
    expect(result.counts.unchanged).toBeGreaterThanOrEqual(wanted);
  });

  test('edits, deletions and additions on both sides flow both ways', async () => {
    before = new Map([...readTree(source)].filter(([path]) => path.startsWith('copy-0/')));
    const { conflicts } = changeBothSides(random, source, destination, before, 1);
    const result = await engine.sync();
    expect(result.status).toBe('clean');
    expect(result.conflicts.map((conflict) => conflict.path).sort()).toEqual([...conflicts.keys()].sort());
    expectEqual(source, destination);
    expect((await engine.plan()).operations).toEqual([]);
  });
});

/** By `diff -r`, which knows nothing of us; only the trash differs between the sides. */
function expectEqual(left: string, right: string): void {
  const { status, stdout } = spawnSync('diff', ['-r', '--no-dereference', '-x', '.syncengine', left, right], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  expect(stdout.slice(0, 2_000)).toBe('');
  expect(status).toBe(0);
}

function countFiles(folder: string): number {
  return Number(execFileSync('sh', ['-c', 'find "$0" -type f | wc -l', folder], { encoding: 'utf8' }));
}
