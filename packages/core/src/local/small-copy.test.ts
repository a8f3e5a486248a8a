import {
  existsSync,
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
import { limited } from '../decorators/index.ts';
import { hashStream } from '../hashing/index.ts';
import type { FileEntry } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';

let root = '';
let origin: LocalStorageClient;
let client: LocalStorageClient;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'syncengine-small-'));
  for (const name of ['origin', 'destination', 'outside']) mkdirSync(join(root, name));
  origin = new LocalStorageClient(join(root, 'origin'));
  client = new LocalStorageClient(join(root, 'destination'));
});

afterEach(() => rmSync(root, { recursive: true }));

async function put(path: string, content: string): Promise<FileEntry> {
  const place = join(root, 'origin', path);
  mkdirSync(join(place, '..'), { recursive: true });
  writeFileSync(place, content);
  const entry = await origin.stat(path);
  if (entry?.kind !== 'file') throw new TypeError('It is a file.');
  return entry;
}

const at = (path: string): string => join(root, 'destination', path);

describe('a small file from another local folder', () => {
  test('comes with its content, and its digest is told', async () => {
    const { version, size } = await put('a/b', 'content');
    const copied = await client.copyFrom(origin, 'a/b', 'c/d', {
      version,
      size,
      modifiedAt: 1_600_000_000_123,
      permissions: 0o640,
    });
    const { hashes, ...entry } = copied ?? { hashes: undefined };
    expect(hashes).toEqual({ sha256: await hashStream('sha256', client.read('c/d')) });
    expect(entry).toEqual(await client.stat('c/d'));
    expect(entry).toMatchObject({ modifiedAt: 1_600_000_000_123, permissions: 0o640, size: 7 });
    expect(readFileSync(at('c/d'), 'utf8')).toBe('content');
    expect(readdirSync(at('.syncengine/staging'))).toEqual([]);
  });

  test('that is another one by now is not copied, and what stands in its place stays', async () => {
    const { version, size } = await put('a', 'content');
    await put('a', 'another');
    writeFileSync(at('b'), 'old');
    await expect(client.copyFrom(origin, 'a', 'b', { version, size })).rejects.toMatchObject({
      code: 'source-changed',
    });
    const now = await put('a', 'newest');
    const hashes = { sha256: '0'.repeat(64) };
    await expect(
      client.copyFrom(origin, 'a', 'b', { version: now.version, size: now.size, hashes }),
    ).rejects.toMatchObject({ code: 'content-mismatch' });
    await expect(
      client.copyFrom(origin, 'a', 'b', { version: now.version, size: now.size, expected: 'absent' }),
    ).rejects.toMatchObject({ code: 'precondition-failed' });
    expect(readFileSync(at('b'), 'utf8')).toBe('old');
  });

  test('is not copied past a rate', async () => {
    const { version, size } = await put('a', 'content');
    const slow = limited(origin, { bytesPerSecond: 10 });
    expect(await client.copyFrom(slow, 'a', 'b', { version, size })).toBeUndefined();
    expect(existsSync(at('b'))).toBe(false);
  });
});

test('a folder that becomes a link that leads out is noticed at once, however lately it was a folder', async () => {
  await client.makeDirectory('a/b');
  writeFileSync(join(root, 'outside', 'secret'), 'secret');
  await client.write('a/b/file', { size: 0, open: async function* () {} });
  const first = client.stat('a/b/file');
  expect((await first)?.kind).toBe('file');
  renameSync(at('a/b'), at('a/was'));
  symlinkSync(join(root, 'outside'), at('a/b'));
  await expect(client.stat('a/b/secret')).rejects.toMatchObject({ code: 'outside-root' });
  const { version, size } = await put('x', 'x');
  await expect(client.copyFrom(origin, 'x', 'a/b/x', { version, size })).rejects.toMatchObject({
    code: 'outside-root',
  });
  expect(readdirSync(join(root, 'outside'))).toEqual(['secret']);
});

test('many files are flushed, with and without the command that flushes a whole disk', async () => {
  const empty = { size: 0, open: async function* () {} };
  const path = process.env['PATH'];
  for (const round of [0, 1]) {
    for (let index = 0; index < 520; index += 1) await client.write(`${round}-${index % 9}/${index}`, empty);
    await client.remove(`${round}-1/1`);
    // The command is not found then.
    if (round === 1) process.env['PATH'] = '';
    try {
      await client.flush();
      await client.flush();
    } finally {
      process.env['PATH'] = path;
    }
  }
});
