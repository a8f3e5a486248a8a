import { describe, expect, test } from 'vitest';
import { type Clock, Gate } from '../control/index.ts';
import { type ErrorCode, type RetryAdvice, SyncEngineError } from '../errors.ts';
import { MemoryStorageClient } from '../memory/index.ts';
import { type Content, collectBytes, contentOf, type StorageClient } from '../storage/index.ts';
import { decorate, type Layer, limited, prefixed, RateLimit, readOnly, retrying } from './index.ts';

/** A clock that jumps over every wait, and remembers it. */
function jumpingClock(random = 0.5): Clock & { readonly waits: readonly number[] } {
  let now = 1_000_000;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    random: () => random,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      waits.push(milliseconds);
      now += milliseconds;
    },
  };
}

const brokenLine = new SyncEngineError('connection', 'The line is dead.', { retry: 'yes' });

/** A client whose calls fail as told, in order, before they go through; removals fail after they did. */
function failing(client: StorageClient, method: 'write' | 'stat' | 'remove', errors: unknown[]): StorageClient {
  const fail = async (): Promise<void> => {
    if (errors.length > 0) throw errors.shift();
  };
  const layers: Record<typeof method, Layer> = {
    write: {
      write:
        (inner) =>
        (...parameters) =>
          fail().then(() => inner(...parameters)),
    },
    stat: {
      stat:
        (inner) =>
        (...parameters) =>
          fail().then(() => inner(...parameters)),
    },
    remove: {
      remove:
        (inner) =>
        (...parameters) =>
          inner(...parameters).then(fail),
    },
  };
  return decorate(client, layers[method]);
}

describe('prefixed', () => {
  test('is the directory and nothing else', async () => {
    const whole = new MemoryStorageClient({ id: 'memory:whole', listRecursive: true });
    whole.put('a/b/inside', '1');
    whole.put('a/bc/outside', '2');
    whole.put('z', '3');
    const part = prefixed(whole, 'a/b');
    expect(part.id).toBe('memory:whole/a/b');
    const paths: string[] = [];
    for await (const page of part.listRecursive?.() ?? []) paths.push(...page.map((entry) => entry.path));
    expect(paths).toEqual(['inside']);
    await expect(part.remove('missing')).rejects.toMatchObject({ code: 'not-found', path: 'missing' });
    await expect(part.read('../bc/outside')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'invalid-name',
    });
  });

  test('a missing directory does not pass for an empty one', async () => {
    const part = prefixed(new MemoryStorageClient({ listRecursive: true }), 'missing');
    expect(await part.stat('')).toBeUndefined();
    const walk = part.listRecursive?.()[Symbol.asyncIterator]();
    await expect(walk?.next()).rejects.toMatchObject({ code: 'not-found' });
    await expect(part.list('')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'not-found', path: '' });
  });

  test('what is replaced is kept below the directory', async () => {
    const whole = new MemoryStorageClient();
    const part = prefixed(whole, 'dir');
    await part.write('file', contentOf('old'));
    await part.write('file', contentOf('new'), { keepReplacedAt: '.syncengine/trash/file' });
    expect(whole.text('dir/.syncengine/trash/file')).toBe('old');
  });

  test('the empty prefix is the client itself, and a bad one is refused', () => {
    const client = new MemoryStorageClient();
    expect(prefixed(client, '')).toBe(client);
    expect(() => prefixed(client, '../up')).toThrow(SyncEngineError);
  });
});

describe('readOnly', () => {
  test('shows everything and changes nothing', async () => {
    const inner = new MemoryStorageClient();
    inner.put('dir/file', 'text');
    const client = readOnly(inner);
    expect(client.id).toBe(inner.id);
    expect(Buffer.from(await collectBytes(client.read('dir/file'))).toString()).toBe('text');
    const attempts = [
      client.write('a', contentOf('x')),
      client.remove('dir/file'),
      client.makeDirectory('new'),
      client.move?.('dir', 'elsewhere'),
      client.copy?.('dir/file', 'copy'),
      client.makeSymlink?.('link', 'dir'),
      client.setMetadata?.('dir/file', { modifiedAt: 0 }),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'read-only' });
    await client.flush?.();
    expect([...inner.snapshot()]).toEqual([
      ['dir/', ''],
      ['dir/file', 'text'],
    ]);
  });
});

describe('retrying', () => {
  test('tries again what failed in passing, and waits longer each time', async () => {
    const inner = new MemoryStorageClient();
    const clock = jumpingClock(0.5);
    const seen: number[] = [];
    const client = retrying(failing(inner, 'write', [brokenLine, brokenLine, brokenLine]), {
      clock,
      baseDelayMs: 100,
      maximumDelayMs: 250,
      onRetry: (_error, delay) => seen.push(delay),
    });
    await client.write('file', contentOf('text'));
    expect(inner.text('file')).toBe('text');
    expect(clock.waits).toEqual([50, 100, 125]);
    expect(seen).toEqual(clock.waits);
  });

  test('gives up after the last attempt with the error itself', async () => {
    const clock = jumpingClock();
    const client = retrying(failing(new MemoryStorageClient(), 'stat', Array(9).fill(brokenLine)), {
      clock,
      attempts: 3,
    });
    await expect(client.stat('')).rejects.toBe(brokenLine);
    expect(clock.waits).toHaveLength(2);
  });

  test('keeps the wait that the store asks for', async () => {
    const clock = jumpingClock();
    const slowDown = new SyncEngineError('throttled', 'Slow down.', { retry: { afterMs: 90_000 } });
    await retrying(failing(new MemoryStorageClient(), 'stat', [slowDown]), { clock }).stat('');
    expect(clock.waits).toEqual([90_000]);
  });

  test.each<[ErrorCode, RetryAdvice]>([
    ['not-found', 'no'],
    ['permission-denied', 'no'],
  ])('does not try %s again', async (code, retry) => {
    const clock = jumpingClock();
    const error = new SyncEngineError(code, 'No.', { retry });
    await expect(retrying(failing(new MemoryStorageClient(), 'stat', [error]), { clock }).stat('')).rejects.toBe(error);
    expect(clock.waits).toEqual([]);
  });

  test('does not try again what is not ours', async () => {
    const bug = new TypeError('undefined is not a function');
    await expect(retrying(failing(new MemoryStorageClient(), 'stat', [bug])).stat('')).rejects.toBe(bug);
  });

  test('an abort ends the wait', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const client = retrying(failing(new MemoryStorageClient(), 'stat', [brokenLine]), {
      baseDelayMs: 1e9,
      maximumDelayMs: 1e9,
      onRetry: () => abort.abort(reason),
    });
    await expect(client.stat('', { signal: abort.signal })).rejects.toBe(reason);
  });

  test('a removal whose answer was lost has happened', async () => {
    const inner = new MemoryStorageClient();
    inner.put('file', 'text');
    await retrying(failing(inner, 'remove', [brokenLine]), { clock: jumpingClock() }).remove('file');
    expect(inner.text('file')).toBeUndefined();
    await expect(retrying(inner).remove('file')).rejects.toMatchObject({ code: 'not-found' });
  });

  /** A client whose reads break after so many bytes, once each. */
  function breaking(inner: StorageClient, after: number[]): StorageClient {
    return decorate(inner, {
      read: (read) =>
        async function* broken(path, options) {
          const left = after.shift();
          let came = 0;
          for await (const chunk of read(path, options)) {
            const room = (left ?? Number.POSITIVE_INFINITY) - came;
            if (chunk.byteLength > room) {
              if (room > 0) yield chunk.subarray(0, room);
              throw brokenLine;
            }
            came += chunk.byteLength;
            yield chunk;
          }
        },
    });
  }

  test('a read goes on where it broke, as often as there is progress', async () => {
    const inner = new MemoryStorageClient({ chunkSize: 4 });
    const text = 'abcdefghijklmnopqrstuvwxyz';
    const { version } = await inner.write('file', contentOf(text));
    const client = retrying(breaking(inner, [0, 3, 1, 1, 1, 1, 1, 7, 0, 2]), { clock: jumpingClock(), attempts: 3 });
    const bytes = await collectBytes(client.read('file', { expected: version }));
    expect(Buffer.from(bytes).toString()).toBe(text);
    const part = retrying(breaking(inner, [3, 0]), { clock: jumpingClock() });
    const range = { start: 5, end: 15 };
    expect(Buffer.from(await collectBytes(part.read('file', { range, expected: version }))).toString()).toBe(
      text.slice(5, 15),
    );
  });

  test('a read without a version does not go on, because the content may be another', async () => {
    const inner = new MemoryStorageClient();
    inner.put('file', 'abcdef');
    const client = retrying(breaking(inner, [3]), { clock: jumpingClock() });
    await expect(collectBytes(client.read('file'))).rejects.toBe(brokenLine);
    const fromStart = retrying(breaking(inner, [0]), { clock: jumpingClock() });
    expect(Buffer.from(await collectBytes(fromStart.read('file'))).toString()).toBe('abcdef');
  });

  test('a listing is tried again until its first page', async () => {
    const inner = new MemoryStorageClient({ pageSize: 1 });
    inner.put('a', '1');
    inner.put('b', '2');
    const breakAfter = (pages: number[]): StorageClient =>
      decorate(inner, {
        list: (list) =>
          async function* broken(directory, options) {
            let left = pages.shift() ?? 99;
            for await (const page of list(directory, options)) {
              if (left === 0) throw brokenLine;
              left -= 1;
              yield page;
            }
          },
      });
    const count = async (client: StorageClient): Promise<number> => {
      let entries = 0;
      for await (const page of client.list('')) entries += page.length;
      return entries;
    };
    expect(await count(retrying(breakAfter([0, 0]), { clock: jumpingClock() }))).toBe(2);
    await expect(count(retrying(breakAfter([1]), { clock: jumpingClock() }))).rejects.toBe(brokenLine);
  });

  test('attempts must be a number that makes sense', () => {
    expect(() => retrying(new MemoryStorageClient(), { attempts: 0 })).toThrow(TypeError);
  });
});

describe('limited', () => {
  /** A client that counts how many calls are going on, and lets them end one by one. */
  function counting(): { client: StorageClient; most: () => number; release: () => Promise<void> } {
    let going = 0;
    let most = 0;
    const held: (() => void)[] = [];
    const hold = async <Result>(work: Promise<Result>): Promise<Result> => {
      going += 1;
      most = Math.max(most, going);
      await new Promise<void>((resolve) => held.push(resolve));
      going -= 1;
      return work;
    };
    const client = decorate(new MemoryStorageClient(), {
      write:
        (inner) =>
        (...parameters) =>
          hold(inner(...parameters)),
      stat:
        (inner) =>
        (...parameters) =>
          hold(inner(...parameters)),
    });
    const release = async (): Promise<void> => {
      for (let quiet = 0; quiet < 50; quiet += 1) {
        await Promise.resolve();
        const next = held.shift();
        if (next === undefined) continue;
        next();
        quiet = 0;
      }
    };
    return { client, most: () => most, release };
  }

  test('writes and other calls have limits of their own', async () => {
    const { client, most, release } = counting();
    const two = limited(client, { transfers: 2 });
    const writes = Array.from({ length: 7 }, (_, index) => two.write(`file-${index}`, contentOf('text')));
    await release();
    await Promise.all(writes);
    expect(most()).toBe(2);
    const three = limited(client, { transfers: 1, operations: 3 });
    const looks = Array.from({ length: 7 }, () => three.stat(''));
    await release();
    await Promise.all(looks);
    expect(most()).toBe(3);
  });

  test('a gate can be shared', async () => {
    const { client, most, release } = counting();
    const operations = new Gate(2);
    const clients = [limited(client, { operations }), limited(client, { operations })];
    const looks = clients.flatMap((each) => [each.stat(''), each.stat(''), each.stat('')]);
    await release();
    await Promise.all(looks);
    expect(most()).toBe(2);
  });

  test('transfers between two clients in both directions do not block each other', async () => {
    const transfers = new Gate(1);
    const left = limited(new MemoryStorageClient({ id: 'left', chunkSize: 1 }), { transfers });
    const right = limited(new MemoryStorageClient({ id: 'right', chunkSize: 1 }), { transfers });
    await left.write('l', contentOf('from the left'));
    await right.write('r', contentOf('from the right'));
    const from = (client: StorageClient, path: string, size: number): Content => ({
      size,
      open: () => client.read(path),
    });
    await Promise.all([
      right.write('l', from(left, 'l', 13)),
      left.write('r', from(right, 'r', 14)),
      right.write('l2', from(left, 'l', 13)),
      left.write('r2', from(right, 'r', 14)),
    ]);
    expect(Buffer.from(await collectBytes(right.read('l2'))).toString()).toBe('from the left');
  });

  test('a reader who stops early gives back the place', async () => {
    const inner = new MemoryStorageClient({ chunkSize: 1 });
    inner.put('file', 'text');
    const client = limited(inner, { transfers: 1 });
    for await (const chunk of client.read('file')) {
      expect(chunk.byteLength).toBe(1);
      break;
    }
    expect((await collectBytes(client.read('file'))).byteLength).toBe(4);
  });

  test('directories can be listed while another listing is open', async () => {
    const inner = new MemoryStorageClient({ pageSize: 1 });
    inner.put('a/x', '1');
    inner.put('b/y', '2');
    const client = limited(inner, { operations: 1 });
    const paths: string[] = [];
    for await (const page of client.list('')) {
      for await (const below of client.list(page[0]?.path ?? '')) paths.push(below[0]?.path ?? '');
    }
    expect(paths).toEqual(['a/x', 'b/y']);
  });

  test('bytes pass at the rate, in both directions together', async () => {
    const clock = jumpingClock();
    const start = clock.now();
    const client = limited(new MemoryStorageClient(), { bytesPerSecond: 1000, clock });
    await client.write('file', contentOf(new Uint8Array(5000)));
    await collectBytes(client.read('file'));
    const seconds = (clock.now() - start) / 1000;
    expect(seconds).toBeGreaterThan(9.5);
    expect(seconds).toBeLessThanOrEqual(10);
    expect(Math.max(...clock.waits)).toBeLessThanOrEqual(100);
  });

  test('a rate must be one', () => {
    expect(() => new RateLimit(0)).toThrow(TypeError);
    expect(() => limited(new MemoryStorageClient(), { bytesPerSecond: Number.NaN })).toThrow(TypeError);
  });
});
