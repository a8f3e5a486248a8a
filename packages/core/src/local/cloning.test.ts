import type * as FileSystem from 'node:fs';
import { constants, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { prefixed, retrying } from '../decorators/index.ts';
import { collectBytes, type FileEntry, type StorageClient } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';

/** How the disk answers when blocks are to be shared: few test machines have one that can. */
const disk = vi.hoisted((): { refuses: string | undefined; clones: number; meanwhile: () => void } => ({
  refuses: undefined,
  clones: 0,
  meanwhile: () => undefined,
}));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof FileSystem>();
  return {
    ...real,
    copyFileSync: (from: string, to: string, mode: number): void => {
      if (mode !== real.constants.COPYFILE_FICLONE_FORCE) throw new TypeError('Only clones are expected here.');
      disk.clones += 1;
      if (disk.refuses !== undefined) {
        real.rmSync(to, { force: true });
        throw Object.assign(new Error(disk.refuses), { code: disk.refuses, syscall: 'copyfile', errno: -1 });
      }
      real.copyFileSync(from, to);
      disk.meanwhile();
    },
  };
});

const large = 'large '.repeat(100_000);
let root = '';
let origin: LocalStorageClient;
let client: LocalStorageClient;
let entry: FileEntry;

beforeEach(async () => {
  Object.assign(disk, { refuses: undefined, clones: 0, meanwhile: () => undefined });
  root = mkdtempSync(join(tmpdir(), 'syncengine-clone-'));
  for (const name of ['origin', 'destination']) mkdirSync(join(root, name));
  origin = new LocalStorageClient(join(root, 'origin'));
  client = new LocalStorageClient(join(root, 'destination'));
  writeFileSync(join(root, 'origin', 'a'), large);
  entry = await fileAt(origin, 'a');
});

afterEach(() => rmSync(root, { recursive: true }));

async function fileAt(at: StorageClient, path: string): Promise<FileEntry> {
  const found = await at.stat(path);
  if (found?.kind !== 'file') throw new TypeError(`There is no file ${path}.`);
  return found;
}

const textAt = async (at: StorageClient, path: string): Promise<string> =>
  new TextDecoder().decode(await collectBytes(at.read(path)));

const left = (): readonly string[] => {
  const folder = join(root, 'destination', '.syncengine', 'staging');
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe('a clone from another local folder', () => {
  test('has the content, and time and permissions as they are wanted', async () => {
    const { version, size } = entry;
    const how = { version, size, modifiedAt: 1_600_000_000_123, permissions: 0o640, expected: 'absent' };
    const cloned = await client.copyFrom(origin, 'a', 'd/b', how);
    expect(cloned).toMatchObject({
      kind: 'file',
      path: 'd/b',
      size,
      modifiedAt: 1_600_000_000_123,
      permissions: 0o640,
    });
    expect(cloned).toEqual(await client.stat('d/b'));
    expect(await textAt(client, 'd/b')).toBe(large);
    expect(left()).toEqual([]);
  });

  test('is a copy byte by byte where the disk cannot share blocks, and that is asked once', async () => {
    for (const code of ['ENOTSUP', 'EXDEV', 'EINVAL']) {
      Object.assign(disk, { refuses: code, clones: 0 });
      const fresh = new LocalStorageClient(join(root, 'destination'));
      expect(await fresh.copyFrom(origin, 'a', 'b', { version: entry.version })).toMatchObject({ path: 'b' });
      expect(await fresh.copyFrom(origin, 'a', 'c', { version: entry.version })).toMatchObject({ path: 'c' });
      expect(disk.clones).toBe(1);
      expect(await textAt(fresh, 'c')).toBe(large);
      await fresh.close();
      expect(left()).toEqual([]);
    }
  });

  test('is not made of small files, or from another kind of client', async () => {
    writeFileSync(join(root, 'origin', 'small'), 'small');
    const { version, size } = await fileAt(origin, 'small');
    expect(await client.copyFrom(origin, 'small', 'b', { version, size })).toMatchObject({ path: 'b', size });
    const foreign: StorageClient = { ...retrying(origin) };
    expect(await client.copyFrom(foreign, 'a', 'c', { version: entry.version })).toBeUndefined();
    expect(disk.clones).toBe(0);
  });

  test('fails when the disk fails otherwise, and leaves nothing', async () => {
    disk.refuses = 'ENOSPC';
    const cloning = client.copyFrom(origin, 'a', 'b', { version: entry.version });
    await expect(cloning).rejects.toMatchObject({ code: 'no-space' });
    expect(left()).toEqual([]);
  });

  test('keeps its preconditions', async () => {
    const other = client.copyFrom(origin, 'a', 'b', { version: 'another' });
    await expect(other).rejects.toMatchObject({ code: 'source-changed' });
    const missing = client.copyFrom(origin, 'missing', 'b', { version: entry.version });
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
    disk.meanwhile = () => writeFileSync(join(root, 'origin', 'a'), 'changed meanwhile');
    const torn = client.copyFrom(origin, 'a', 'b', { version: entry.version });
    await expect(torn).rejects.toMatchObject({ code: 'source-changed' });
    disk.meanwhile = () => undefined;
    writeFileSync(join(root, 'destination', 'b'), 'stands there');
    const { version } = await fileAt(origin, 'a');
    const taken = client.copyFrom(origin, 'a', 'b', { version, expected: 'absent' });
    await expect(taken).rejects.toMatchObject({ code: 'precondition-failed' });
    expect(await textAt(client, 'b')).toBe('stands there');
    expect(left()).toEqual([]);
  });

  test('keeps what it replaces', async () => {
    writeFileSync(join(root, 'destination', 'b'), 'old');
    const { version } = await fileAt(client, 'b');
    const how = { version: entry.version, expected: version, keepReplacedAt: '.syncengine/trash/x/b' };
    await client.copyFrom(origin, 'a', 'b', how);
    expect(await textAt(client, 'b')).toBe(large);
    expect(await textAt(client, '.syncengine/trash/x/b')).toBe('old');
  });

  test('is made through decorators on both sides, under the paths that they show', async () => {
    mkdirSync(join(root, 'origin', 'inner'));
    writeFileSync(join(root, 'origin', 'inner', 'c'), large);
    const from = retrying(prefixed(origin, 'inner'));
    const to = prefixed(retrying(client), 'below');
    const { version } = await fileAt(from, 'c');
    expect(await to.copyFrom?.(from, 'c', 'd', { version })).toMatchObject({ path: 'd' });
    expect(await textAt(client, 'below/d')).toBe(large);
    expect(disk.clones).toBe(1);
    expect(constants.COPYFILE_FICLONE_FORCE).toBe(4);
  });
});
