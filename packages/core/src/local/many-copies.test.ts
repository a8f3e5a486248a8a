import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { considerate, limited, prefixed, readOnly, retrying } from '../decorators/index.ts';
import { hashStream } from '../hashing/index.ts';
import { MemoryStorageClient } from '../memory/index.ts';
import type { CopyFromOptions, CopyRequest, FileEntry } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';

/** More than are copied one after the other. */
const many = 120;

let root = '';
let origin: LocalStorageClient;
let client: LocalStorageClient;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'syncengine-many-'));
  for (const name of ['origin', 'destination', 'outside']) mkdirSync(join(root, name));
  origin = new LocalStorageClient(join(root, 'origin'));
  client = new LocalStorageClient(join(root, 'destination'));
  for (let index = 0; index < many; index += 1) {
    mkdirSync(join(root, 'origin', folderOf(index)), { recursive: true });
    mkdirSync(join(root, 'destination', folderOf(index)), { recursive: true });
    writeFileSync(join(root, 'origin', pathOf(index)), contentOf(index));
  }
});

afterEach(async () => {
  await client.close();
  rmSync(root, { recursive: true });
});

const folderOf = (index: number): string => (index % 7 === 0 ? '' : `folder-${index % 7}`);
const pathOf = (index: number): string => join(folderOf(index), `file-${index}`);
const contentOf = (index: number): string => `content ${index} `.repeat(index * 3);
const at = (path: string): string => join(root, 'destination', path);

async function seen(path: string): Promise<FileEntry> {
  const entry = await origin.stat(path);
  if (entry?.kind !== 'file') throw new TypeError(`${path} is a file.`);
  return entry;
}

async function seenAll(): Promise<readonly FileEntry[]> {
  return await Promise.all(Array.from({ length: many }, (_, index) => seen(pathOf(index))));
}

/** All at once; `change` says what is different about single ones. */
async function copyAll(
  entries: readonly FileEntry[],
  change: (index: number) => Partial<CopyFromOptions> = () => ({}),
): Promise<readonly PromiseSettledResult<FileEntry | undefined>[]> {
  return await Promise.allSettled(
    entries.map(({ path, version, size, modifiedAt, permissions }, index) =>
      client.copyFrom(origin, path, path, {
        version,
        size,
        modifiedAt,
        permissions,
        expected: 'absent',
        ...change(index),
      }),
    ),
  );
}

function staged(): readonly string[] {
  return readdirSync(at('.syncengine/staging'));
}

describe('many small files at once', () => {
  test('come with their contents, times and permissions, and their digests are told', async () => {
    chmodSync(join(root, 'origin', pathOf(5)), 0o400);
    const entries = await seenAll();
    const outcomes = await copyAll(entries);
    for (const [index, { path, modifiedAt, permissions }] of entries.entries()) {
      expect(readFileSync(at(path), 'utf8')).toBe(contentOf(index));
      const hashes = { sha256: await hashStream('sha256', origin.read(path)) };
      const standing = await client.stat(path);
      expect(outcomes[index]).toEqual({ status: 'fulfilled', value: { ...standing, hashes } });
      expect(standing).toMatchObject({ modifiedAt, permissions });
    }
    expect(staged()).toEqual([]);
    await client.flush();
  });

  test('are copied again after the client was closed, as it then tidies up', async () => {
    const entries = await seenAll();
    await copyAll(entries);
    await client.close();
    for (const { path } of entries) rmSync(at(path));
    const outcomes = await copyAll(entries);
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(readFileSync(at(pathOf(many - 1)), 'utf8')).toBe(contentOf(many - 1));
  });

  test('fail one by one, each for its own reason, and the others come', async () => {
    const entries = await seenAll();
    writeFileSync(at(pathOf(10)), 'was here');
    writeFileSync(join(root, 'origin', pathOf(20)), 'edited since');
    rmSync(join(root, 'origin', pathOf(30)));
    mkdirSync(at(pathOf(40)));
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    const outcomes = await copyAll(entries, (index) => {
      if (index === 50) return { hashes: { sha256: '0'.repeat(64) } };
      if (index === 60) return { hashes: { md5: '0'.repeat(32) } };
      return index === 70 ? { signal: abort.signal } : {};
    });
    const failures: Readonly<Record<number, object>> = {
      10: { code: 'precondition-failed' },
      20: { code: 'source-changed' },
      30: { code: 'not-found' },
      40: { code: 'is-a-directory' },
      50: { code: 'content-mismatch' },
      60: { code: 'content-mismatch' },
      70: { message: 'enough' },
    };
    for (const [index, outcome] of outcomes.entries()) {
      const failure = failures[index];
      if (failure === undefined) expect(outcome.status).toBe('fulfilled');
      else expect(outcome).toMatchObject({ status: 'rejected', reason: failure });
    }
    expect(readFileSync(at(pathOf(10)), 'utf8')).toBe('was here');
    expect(readdirSync(at(pathOf(40)))).toEqual([]);
    expect(staged()).toEqual([]);
  });

  test('make the folders that are missing, and replace what they are to replace', async () => {
    const entries = await seenAll();
    rmSync(at('folder-3'), { recursive: true });
    writeFileSync(at(pathOf(8)), 'replaced');
    const outcomes = await copyAll(entries, (index) =>
      index === 8 ? { expected: undefined, keepReplacedAt: '.syncengine/trash/kept' } : {},
    );
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(readFileSync(at(pathOf(3)), 'utf8')).toBe(contentOf(3));
    expect(readFileSync(at(pathOf(8)), 'utf8')).toBe(contentOf(8));
    expect(readFileSync(at('.syncengine/trash/kept'), 'utf8')).toBe('replaced');
  });

  test('are not led out of the root by a folder that became a link, on either side', async () => {
    const entries = await seenAll();
    // A first batch, so that the folders are known to be folders.
    await copyAll(entries.slice(0, many / 2));
    const last = 'folder-2';
    const other = 'folder-3';
    writeFileSync(join(root, 'outside', 'file-100'), contentOf(100));
    expect(folderOf(100)).toBe(last);
    renameSync(join(root, 'origin', last), join(root, 'moved'));
    symlinkSync(join(root, 'outside'), join(root, 'origin', last));
    rmSync(at(other), { recursive: true });
    symlinkSync(join(root, 'outside'), at(other));
    const outcomes = await copyAll(entries.slice(many / 2));
    for (const [index, outcome] of outcomes.entries()) {
      const folder = folderOf(many / 2 + index);
      if (folder === last || folder === other)
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'outside-root' } });
      else expect(outcome.status).toBe('fulfilled');
    }
    expect(readdirSync(join(root, 'outside'))).toEqual(['file-100']);
  });
});

describe('many small files in one call', () => {
  test('come where nothing stands; what does not is left to whoever asks for it alone', async () => {
    const entries = await seenAll();
    writeFileSync(at(pathOf(10)), 'was here');
    writeFileSync(join(root, 'origin', pathOf(20)), 'edited since');
    rmSync(join(root, 'origin', pathOf(30)));
    mkdirSync(at(pathOf(40)));
    const special: Readonly<Record<number, Partial<CopyRequest>>> = {
      50: { hashes: { sha256: '0'.repeat(64) } },
      60: { hashes: { md5: '0'.repeat(32) } },
      70: { to: '../outside/file' },
      80: { from: 'folder-1/../../outside/file' },
    };
    const copies = entries.map(({ path, version, size, modifiedAt, permissions }, index) => {
      return { from: path, to: path, version, size, modifiedAt, permissions, ...special[index] };
    });
    writeFileSync(join(root, 'outside', 'file'), 'not ours');
    const outcomes = await client.copyAllFrom(origin, copies);
    const failing = [10, 20, 30, 40, 50, 60, 70, 80];
    for (const [index, outcome] of outcomes.entries()) {
      const standing = await client.stat(pathOf(index));
      if (failing.includes(index)) {
        expect(outcome).toBeUndefined();
        if (index >= 50 || index === 20 || index === 30) expect(standing).toBeUndefined();
      } else {
        expect(readFileSync(at(pathOf(index)), 'utf8')).toBe(contentOf(index));
        const hashes = { sha256: await hashStream('sha256', origin.read(pathOf(index))) };
        expect(outcome).toEqual({ ...standing, hashes });
      }
    }
    expect(readFileSync(at(pathOf(10)), 'utf8')).toBe('was here');
    expect(readdirSync(join(root, 'outside'))).toEqual(['file']);
    expect(staged()).toEqual([]);
  });

  test('are left alone between other clients, and once aborted', async () => {
    const copies = (await seenAll()).map(({ path, version, size }) => ({ from: path, to: path, version, size }));
    const outcomes = await client.copyAllFrom(new MemoryStorageClient(), copies);
    expect(outcomes.every((outcome) => outcome === undefined)).toBe(true);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(client.copyAllFrom(origin, copies, { signal })).rejects.toThrow('enough');
    expect(readdirSync(at('folder-1'))).toEqual([]);
  });

  test('come through decorators that do nothing to contents, and not past those that do', async () => {
    const copies = (await seenAll()).map(({ path, version, size }) => ({ from: path, to: path, version, size }));
    const outcomes = await retrying(considerate(client)).copyAllFrom?.(retrying(considerate(origin)), copies);
    expect(outcomes?.map((outcome) => outcome?.path)).toEqual(copies.map(({ to }) => to));
    expect(limited(client, { bytesPerSecond: 1000 }).copyAllFrom).toBeUndefined();
    expect(prefixed(client, 'folder-1').copyAllFrom).toBeUndefined();
    expect(readOnly(client).copyAllFrom).toBeUndefined();
  });
});
