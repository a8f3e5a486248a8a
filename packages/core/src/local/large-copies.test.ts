import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashStream } from '../hashing/index.ts';
import { collectBytes, contentOf, type FileEntry } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';

const mebibyte = 1024 * 1024;

let root = '';
let origin: LocalStorageClient;
let client: LocalStorageClient;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'syncengine-large-'));
  for (const name of ['origin', 'destination']) mkdirSync(join(root, name));
  origin = new LocalStorageClient(join(root, 'origin'));
  client = new LocalStorageClient(join(root, 'destination'));
});

afterEach(async () => {
  await client.close();
  rmSync(root, { recursive: true });
});

const at = (...names: readonly string[]): string => join(root, ...names);

async function made(path: string, bytes: Uint8Array): Promise<FileEntry> {
  writeFileSync(at('origin', path), bytes);
  const entry = await origin.stat(path);
  if (entry?.kind !== 'file') throw new TypeError(`${path} is a file.`);
  return entry;
}

const staged = (): string[] => readdirSync(at('destination', '.syncengine', 'staging'));

describe('a large file of another local folder', () => {
  test('comes with its content, time and permissions, and its digest is told', async () => {
    const bytes = randomBytes(3 * mebibyte + 17);
    const { version, size, modifiedAt, permissions } = await made('a', bytes);
    const options = { version, size, modifiedAt, permissions, expected: 'absent' } as const;
    const copied = await client.copyFrom(origin, 'a', 'b', options);
    expect(readFileSync(at('destination', 'b')).equals(bytes)).toBe(true);
    const hashes = { sha256: await hashStream('sha256', origin.read('a')) };
    expect(copied).toEqual({ ...(await client.stat('b')), hashes });
    expect(copied).toMatchObject({ modifiedAt, permissions });
    expect(staged()).toEqual([]);
  });

  test('several at once, more than are copied at the same time', async () => {
    const contents = Array.from({ length: 5 }, () => randomBytes(mebibyte));
    const copies = contents.map(async (bytes, index) => {
      const { version, size } = await made(`f${index}`, bytes);
      return await client.copyFrom(origin, `f${index}`, `f${index}`, { version, size });
    });
    expect((await Promise.all(copies)).every((entry) => entry?.size === mebibyte)).toBe(true);
    for (const [index, bytes] of contents.entries()) {
      expect(readFileSync(at('destination', `f${index}`)).equals(bytes)).toBe(true);
    }
  });

  test('is not copied over what stands there, nor when it was edited, nor against a promise', async () => {
    const { version, size } = await made('a', randomBytes(mebibyte));
    writeFileSync(at('destination', 'taken'), 'was here');
    await expect(client.copyFrom(origin, 'a', 'taken', { version, size, expected: 'absent' })).rejects.toMatchObject({
      code: 'precondition-failed',
    });
    expect(readFileSync(at('destination', 'taken'), 'utf8')).toBe('was here');
    const hashes = { sha256: '0'.repeat(64) };
    expect(await client.copyFrom(origin, 'a', 'b', { version, size, hashes })).toBeUndefined();
    await made('a', randomBytes(mebibyte));
    await expect(client.copyFrom(origin, 'a', 'b', { version, size })).rejects.toMatchObject({
      code: 'source-changed',
    });
    expect(readdirSync(at('destination')).sort()).toEqual(['.syncengine', 'taken']);
    expect(staged()).toEqual([]);
  });

  test('tells how far it came; cancelled, it leaves nothing', async () => {
    const { version, size } = await made('a', randomBytes(40 * mebibyte));
    const abort = new AbortController();
    const passed: number[] = [];
    const onProgress = (position: number): void => {
      passed.push(position);
      abort.abort(new Error('enough'));
    };
    const copying = client.copyFrom(origin, 'a', 'b', { version, size, signal: abort.signal, onProgress });
    await expect(copying).rejects.toThrow('enough');
    expect(passed[0]).toBeGreaterThanOrEqual(8 * mebibyte);
    expect(passed[0]).toBeLessThan(40 * mebibyte);
    expect(readdirSync(at('destination'))).toEqual(['.syncengine']);
    expect(staged()).toEqual([]);
  });

  test('cancelled where that is remembered, it is gone on with', async () => {
    const bytes = randomBytes(40 * mebibyte);
    const { version, size } = await made('a', bytes);
    const abort = new AbortController();
    const tokens: string[] = [];
    const remember = async (token: string): Promise<void> => {
      tokens.push(token);
    };
    const onProgress = (): void => abort.abort(new Error('enough'));
    const options = { version, size, signal: abort.signal, onProgress, resume: { remember } };
    await expect(client.copyFrom(origin, 'a', 'b', options)).rejects.toThrow('enough');
    const [token] = tokens;
    expect(staged()).toEqual([token]);
    let received = 0;
    const content = {
      ...contentOf(bytes),
      open: (how: Parameters<ReturnType<typeof contentOf>['open']>[0]) => {
        received = how?.received?.size ?? 0;
        return contentOf(bytes).open(how);
      },
    };
    await client.write('b', content, { resume: { token, remember } });
    expect(received).toBeGreaterThanOrEqual(8 * mebibyte);
    expect(Buffer.from(await collectBytes(client.read('b'))).equals(bytes)).toBe(true);
    expect(staged()).toEqual([]);
  });

  test('is not copied where it cannot be remembered, and nothing is left', async () => {
    const { version, size } = await made('a', randomBytes(40 * mebibyte));
    const remember = (): Promise<void> => Promise.reject(new Error('no memory'));
    await expect(client.copyFrom(origin, 'a', 'b', { version, size, resume: { remember } })).rejects.toThrow();
    expect(staged()).toEqual([]);
    expect(readdirSync(at('destination'))).toEqual(['.syncengine']);
  });
});
