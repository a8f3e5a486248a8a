import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { defaultStateFolder, FileStateStore, MemoryStateStore, type StateStore } from './index.ts';
import { currentOwner } from './lock.ts';

let root = '';
let made = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'syncengine-state-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A folder that does not exist yet. */
function newFolder(): string {
  made += 1;
  return join(root, `${made}`, 'state');
}

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(store: StateStore, name: string, signal?: AbortSignal): Promise<string | undefined> {
  const content = await store.read(name, { signal });
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  expect(content.byteLength).toBe(bytes.byteLength);
  return bytes.toString();
}

const stores: ReadonlyArray<readonly [string, () => StateStore]> = [
  ['FileStateStore', () => new FileStateStore(newFolder())],
  ['MemoryStateStore', () => new MemoryStateStore()],
];

describe.each(stores)('%s', (_, makeStore) => {
  test('has nothing at first', async () => {
    const store = makeStore();
    expect(await store.read('a/b')).toBeUndefined();
    expect(await store.list('')).toEqual([]);
    expect(await store.list('a/')).toEqual([]);
    await store.remove('a/b');
    await store.close('a/b');
    await expect(store.truncate('a/b', 0)).rejects.toMatchObject({ code: 'state-unavailable' });
  });

  test('replaces, appends, truncates and removes', async () => {
    const store = makeStore();
    await store.append('p/one', Buffer.from('ab'));
    await store.append('p/one', Buffer.from('cd'));
    expect(await textOf(store, 'p/one')).toBe('abcd');
    await store.truncate('p/one', 3);
    expect(await textOf(store, 'p/one')).toBe('abc');
    await store.append('p/one', Buffer.from('xy'));
    await store.close('p/one');
    await store.append('p/one', Buffer.from('z'));
    expect(await textOf(store, 'p/one')).toBe('abcxyz');
    await store.replace('p/one', chunksOf('n', '', 'ew'));
    await store.append('p/one', Buffer.from('er'));
    expect(await textOf(store, 'p/one')).toBe('newer');
    await store.replace('p/none', chunksOf());
    expect(await textOf(store, 'p/none')).toBe('');
    await store.remove('p/one');
    expect(await textOf(store, 'p/one')).toBeUndefined();
    await store.append('p/one', Buffer.from('again'));
    expect(await textOf(store, 'p/one')).toBe('again');
    await store.close('p/one');
  });

  test('keeps the bytes that it was given, not the buffer', async () => {
    const store = makeStore();
    const bytes = Buffer.from('abc');
    await store.append('a', bytes);
    bytes.fill(0);
    expect(await textOf(store, 'a')).toBe('abc');
    await store.close('a');
  });

  test('keeps the old content when the new one cannot be had', async () => {
    const store = makeStore();
    await store.replace('a', chunksOf('old'));
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('new');
      throw new RangeError('no more');
    };
    await expect(store.replace('a', failing())).rejects.toThrow(RangeError);
    expect(await textOf(store, 'a')).toBe('old');
    expect(await store.list('')).toEqual(['a']);
  });

  test('goes on reading what it began to read when that is replaced', async () => {
    const store = makeStore();
    const long = 'x'.repeat(700_000);
    await store.replace('a', chunksOf(long, 'end'));
    const parts: Uint8Array[] = [];
    for await (const chunk of (await store.read('a')) ?? []) {
      if (parts.length === 0) await store.replace('a', chunksOf('other'));
      parts.push(chunk);
    }
    expect(Buffer.concat(parts).toString()).toBe(`${long}end`);
    expect(await textOf(store, 'a')).toBe('other');
  });

  test('lists by prefix, and no locks', async () => {
    const store = makeStore();
    for (const name of ['p/journal-1', 'p/journal-20', 'p/snapshot', 'q/snapshot', 'top'])
      await store.replace(name, chunksOf('x'));
    const lock = await store.lock('p/run', currentOwner(0));
    expect([...(await store.list(''))].sort()).toEqual([
      'p/journal-1',
      'p/journal-20',
      'p/snapshot',
      'q/snapshot',
      'top',
    ]);
    expect([...(await store.list('p/journal-'))].sort()).toEqual(['p/journal-1', 'p/journal-20']);
    expect(await store.list('t')).toEqual(['top']);
    expect(await store.list('r/')).toEqual([]);
    await lock[Symbol.asyncDispose]();
  });

  test('stops reading when aborted', async () => {
    const store = makeStore();
    await store.replace('a', chunksOf('x'.repeat(300_000), 'x'.repeat(300_000)));
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const chunk of (await store.read('a', { signal: controller.signal })) ?? []) controller.abort(chunk);
    };
    await expect(read()).rejects.toBeInstanceOf(Uint8Array);
    await expect(store.read('a', { signal: controller.signal })).rejects.toBeInstanceOf(Uint8Array);
    await expect(store.lock('a', currentOwner(0), { signal: controller.signal })).rejects.toBeInstanceOf(Uint8Array);
  });

  test('has one holder of a lock', async () => {
    const store = makeStore();
    const first = await store.lock('a', currentOwner(5));
    const other = await store.lock('b', currentOwner(5));
    await expect(store.lock('a', currentOwner(9))).rejects.toMatchObject({
      code: 'rail-lock',
      details: { pid: process.pid, startedAt: 5, ageMs: 4 },
    });
    const second = await store.lock('a', currentOwner(9), { takeOver: true });
    await expect(first.verify()).rejects.toMatchObject({ code: 'lock-lost' });
    await first[Symbol.asyncDispose]();
    await second.verify();
    await second[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    await (await store.lock('a', currentOwner(9)))[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  test.each(['', '/a', '../a', 'a/../b', 'a.lock', 'a\\b', 'C:', 'a/'])('refuses the name %j', async (name) => {
    const store = makeStore();
    await expect(store.read(name)).rejects.toThrow(TypeError);
    await expect(store.replace(name, chunksOf('x'))).rejects.toThrow(TypeError);
    await expect(store.append(name, Buffer.from('x'))).rejects.toThrow(TypeError);
    await expect(store.remove(name)).rejects.toThrow(TypeError);
  });
});

test('a copy of a memory store goes its own way, without the locks', async () => {
  const store = new MemoryStateStore();
  await store.append('a', Buffer.from('1'));
  const lock = await store.lock('a', currentOwner(0));
  const copy = store.clone();
  await (await copy.lock('a', currentOwner(0)))[Symbol.asyncDispose]();
  await lock.verify();
  await store.append('a', Buffer.from('2'));
  await copy.append('a', Buffer.from('3'));
  expect(await textOf(store, 'a')).toBe('12');
  expect(await textOf(copy, 'a')).toBe('13');
});

describe('files of state', () => {
  test('and their folders are readable by their owner only', async () => {
    const folder = newFolder();
    const store = new FileStateStore(folder);
    await store.replace('p/snapshot', chunksOf('x'));
    await store.append('p/journal-1', Buffer.from('x'));
    await store.close('p/journal-1');
    const modes = [];
    for (const path of ['.', 'p', 'p/snapshot', 'p/journal-1'])
      modes.push((await stat(join(folder, path))).mode & 0o777);
    if (process.platform !== 'win32') expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  test('are not created by reading', async () => {
    const folder = newFolder();
    const store = new FileStateStore(folder);
    await store.read('a');
    await store.list('');
    await store.remove('a');
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('of a failed replacement do not stay', async () => {
    const folder = newFolder();
    const store = new FileStateStore(folder);
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('new');
      throw new RangeError('no more');
    };
    await expect(store.replace('a', failing())).rejects.toThrow(RangeError);
    expect(await readdir(folder)).toEqual([]);
  });

  test('of a killed replacement are not listed, and go with the next one', async () => {
    const folder = newFolder();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'a-0000.tmp'), 'half');
    const store = new FileStateStore(folder);
    expect(await store.list('')).toEqual([]);
    await store.replace('a', chunksOf('whole'));
    expect(await readdir(folder)).toEqual(['a']);
  });

  test('that cannot be had are `state-unavailable`, with the path and the cause', async () => {
    const folder = newFolder();
    await mkdir(join(folder, '..'), { recursive: true });
    await writeFile(folder, 'a file where the folder should be');
    const store = new FileStateStore(folder);
    const expected = { code: 'state-unavailable', details: { file: join(folder, 'p', 'a') } };
    await expect(store.replace('p/a', chunksOf('x'))).rejects.toMatchObject(expected);
    await expect(store.append('p/a', Buffer.from('x'))).rejects.toMatchObject(expected);
    await expect(store.truncate('p/a', 0)).rejects.toMatchObject(expected);
    await expect(store.read('p/a')).rejects.toMatchObject({ ...expected, cause: { code: 'ENOTDIR' } });
    await expect(store.list('')).rejects.toMatchObject({ code: 'state-unavailable' });
    await expect(store.lock('p/a', currentOwner(0))).rejects.toMatchObject({ code: 'state-unavailable' });
  });

  test('in a place where no folder can be made are `state-unavailable`, at once', async () => {
    // In `/proc` a folder is missing even after all of its parents were found.
    const inFile = newFolder();
    await mkdir(join(inFile, '..'), { recursive: true });
    await writeFile(inFile, 'a file');
    const place = existsSync('/proc/self') ? '/proc/syncengine/state' : join(inFile, 'deep');
    const store = new FileStateStore(place);
    await expect(store.lock('p/a', currentOwner(0))).rejects.toMatchObject({ code: 'state-unavailable' });
    await expect(store.append('p/a', Buffer.from('x'))).rejects.toMatchObject({ code: 'state-unavailable' });
  });

  test('that may not be read are `state-unavailable`', async () => {
    const folder = newFolder();
    const store = new FileStateStore(folder);
    await store.replace('a', chunksOf('x'));
    // A folder cannot be read as a file, not even by root.
    await mkdir(join(folder, 'b'));
    await expect(textOf(store, 'b')).rejects.toMatchObject({ code: 'state-unavailable', cause: { code: 'EISDIR' } });
    await chmod(join(folder, 'a'), 0);
    if (process.getuid?.() !== 0 && process.platform !== 'win32') {
      await expect(textOf(store, 'a')).rejects.toMatchObject({ code: 'state-unavailable', cause: { code: 'EACCES' } });
    }
  });

  test('go where the system keeps such things', () => {
    const expected: Readonly<Record<string, string>> = {
      linux: join('/xdg', 'syncengine'),
      darwin: join(homedir(), 'Library', 'Application Support', 'syncengine'),
      win32: join('/local', 'syncengine'),
    };
    vi.stubEnv('XDG_STATE_HOME', '/xdg');
    vi.stubEnv('LOCALAPPDATA', '/local');
    const platform = vi.spyOn(process, 'platform', 'get');
    try {
      for (const [name, folder] of Object.entries(expected)) {
        platform.mockReturnValue(name as NodeJS.Platform);
        expect(defaultStateFolder()).toBe(folder);
      }
      vi.stubEnv('XDG_STATE_HOME', 'relative');
      platform.mockReturnValue('linux');
      expect(defaultStateFolder()).toBe(join(homedir(), '.local', 'state', 'syncengine'));
    } finally {
      platform.mockRestore();
      vi.unstubAllEnvs();
    }
  });
});
