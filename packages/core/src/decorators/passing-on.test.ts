import { describe, expect, test } from 'vitest';
import type { Clock } from '../control/index.ts';
import { SyncEngineError } from '../errors.ts';
import { MemoryStorageClient } from '../memory/index.ts';
import { type Content, contentOf, type Entry, type FileEntry, type StorageClient } from '../storage/index.ts';
import { considerate, decorate, limited, prefixed, readOnly, renamed, retrying } from './index.ts';

const clock: Clock = { now: () => 0, random: () => 0, sleep: async () => undefined };
const brokenLine = new SyncEngineError('connection', 'The line is dead.', { retry: 'yes' });

/** A store that takes files over from another client, and remembers what it was asked. */
function taking(asked: unknown[]): StorageClient {
  const memory = new MemoryStorageClient();
  const client: StorageClient = decorate(memory, {});
  return {
    ...client,
    copyFrom: async (other, from, to): Promise<FileEntry> => {
      asked.push([other.id, from, to]);
      return { kind: 'file', path: to, version: 'v', size: 1 };
    },
  };
}

describe('a shortcut through decorators', () => {
  const origin = new MemoryStorageClient({ id: 'memory:origin' });

  test('is between the clients inside, under their own paths', async () => {
    const asked: unknown[] = [];
    const from = limited(retrying(considerate(prefixed(origin, 'in'))), { transfers: 1 });
    const to = retrying(limited(considerate(prefixed(taking(asked), 'out')), { transfers: 1 }));
    const copied = await to.copyFrom?.(from, 'a', 'b', { version: 'v' });
    expect(asked).toEqual([['memory:origin', 'in/a', 'out/b']]);
    expect(copied?.path).toBe('b');
  });

  test('never passes a layer that does something to the content', async () => {
    const asked: unknown[] = [];
    const scrambled = decorate(origin, { read: (inner) => (path, options) => inner(path, options) });
    await retrying(taking(asked)).copyFrom?.(scrambled, 'a', 'b', { version: 'v' });
    expect(asked).toEqual([[scrambled.id, 'a', 'b']]);
    expect(asked).not.toContain(origin);
    const scrambling = decorate(taking(asked), { write: (inner) => (path, content, how) => inner(path, content, how) });
    expect(scrambling.copyFrom).toBeUndefined();
  });

  test('is refused where nothing may be written', async () => {
    const asked: unknown[] = [];
    const refused = readOnly(taking(asked)).copyFrom?.(origin, 'a', 'b', { version: 'v' });
    await expect(refused).rejects.toMatchObject({ code: 'read-only', path: 'b' });
    expect(asked).toEqual([]);
  });
});

describe('an unfinished write through decorators', () => {
  const text = 'abcdefghijklmnopqrstuvwxyz';
  const bytes = new TextEncoder().encode(text);

  /** Content that breaks at these places, once each. */
  function breaking(at: number[], sent: number[]): Content {
    return {
      size: bytes.byteLength,
      open: async function* ({ received } = {}) {
        const end = at.shift();
        sent.push(received?.size ?? 0);
        yield bytes.slice(received?.size ?? 0, end);
        if (end !== undefined) throw brokenLine;
      },
    };
  }

  function layers(inner: StorageClient): StorageClient {
    const mapped = renamed(prefixed(inner, 'd'), new Map([['shown', 'hidden']]));
    return retrying(limited(considerate(mapped), { transfers: 1, bytesPerSecond: 1e9 }), { clock });
  }

  test('a further try goes on where the last one stopped', async () => {
    const inner = new MemoryStorageClient({ resumableWrites: true });
    const tokens: string[] = [];
    const sent: number[] = [];
    const resume = { remember: async (token: string) => void tokens.push(token) };
    await layers(inner).write('shown', breaking([5, 11], sent), { resume });
    expect(sent).toEqual([0, 5, 11]);
    expect(inner.text('d/hidden')).toBe(text);
    expect(new Set(tokens).size).toBe(1);
  });

  test('is given up under the path that the client knows', async () => {
    const seen: string[] = [];
    const inner = new MemoryStorageClient({ resumableWrites: true });
    const watched = decorate(inner, {
      abandon: (abandon) => (path, token, options) => {
        seen.push(path);
        return abandon(path, token, options);
      },
    });
    const client = layers(watched);
    let token = '';
    const resume = {
      remember: async (last: string) => {
        token = last;
      },
    };
    const lasting = retrying(client, { attempts: 1 });
    const cut = { size: 26, open: breaking([5, 5, 5, 5, 5], []).open };
    await expect(lasting.write('shown', cut, { resume })).rejects.toMatchObject({ code: 'connection' });
    await client.recover?.({ keep: [token] });
    await client.abandon?.('shown', token);
    expect(seen).toEqual(['d/hidden']);
    const sent: number[] = [];
    await client.write('shown', breaking([], sent), { resume: { token, remember: async () => undefined } });
    expect(sent).toEqual([0]);
  });
});

describe('a listing of the whole tree that breaks', () => {
  const entries = ['a', 'b/c', 'b/d', 'e', 'f'].map((path): Entry => ({ kind: 'file', path, version: 'v', size: 1 }));

  function breakingAfter(pages: number[], opened: { count: number }): StorageClient {
    return decorate(new MemoryStorageClient({ listRecursive: true }), {
      listRecursive: () =>
        async function* () {
          opened.count += 1;
          let left = pages.shift() ?? Number.POSITIVE_INFINITY;
          for (const entry of entries) {
            if (left === 0) throw brokenLine;
            left -= 1;
            yield [entry];
          }
        },
    });
  }

  async function pathsOf(client: StorageClient): Promise<string[]> {
    const paths: string[] = [];
    for await (const page of client.listRecursive?.() ?? []) paths.push(...page.map(({ path }) => path));
    return paths;
  }

  test('goes on behind what came, each entry once', async () => {
    const opened = { count: 0 };
    const client = retrying(breakingAfter([0, 2, 2, 4], opened), { clock, attempts: 3 });
    expect(await pathsOf(client)).toEqual(entries.map(({ path }) => path));
    expect(opened.count).toBe(5);
  });

  test('is given up when it does not get any further', async () => {
    const opened = { count: 0 };
    const client = retrying(breakingAfter([2, 2, 2, 2, 2], opened), { clock, attempts: 3 });
    await expect(pathsOf(client)).rejects.toBe(brokenLine);
    expect(opened.count).toBe(3);
  });

  test('is told boundaries under the paths of the client inside', async () => {
    let told: readonly string[] | undefined;
    const inner = decorate(new MemoryStorageClient({ listRecursive: true }), {
      listRecursive: (list) => (options) => {
        told = options?.boundaries;
        return list(options);
      },
    });
    await inner.makeDirectory('d');
    await pathsOf(retrying(prefixed(inner, 'd'), { clock }));
    expect(told).toBeUndefined();
    for await (const page of prefixed(inner, 'd').listRecursive?.({ boundaries: ['x/y'] }) ?? []) void page;
    expect(told).toEqual(['d/x/y']);
  });
});

test('content in memory goes on behind what was received, and refuses a wrong beginning', async () => {
  const read = async (begins: string): Promise<string> => {
    const received = { size: begins.length, open: () => contentOf(begins).open() };
    const pieces: string[] = [];
    for await (const chunk of contentOf('abcdef').open({ received })) pieces.push(Buffer.from(chunk).toString());
    return pieces.join('');
  };
  expect(await read('abc')).toBe('def');
  expect(await read('abcdef')).toBe('');
  await expect(read('abX')).rejects.toMatchObject({ code: 'content-mismatch' });
  await expect(read('abcdefg')).rejects.toMatchObject({ code: 'content-mismatch' });
});
