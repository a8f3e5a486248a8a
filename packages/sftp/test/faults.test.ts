import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { collectBytes, contentOf, isSyncEngineError, type StorageClient } from '@syncengine/core';
import { type FaultProxy, type Faults, type OpenSsh, startFaultProxy, startOpenSsh } from '@syncengine/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SftpStorageClient, SftpStorageOptions } from '../src/index.ts';
import { Pair, put, readTree } from './support/pair.ts';
import { connectTo, newFolder, own, withOpenSsh } from './support/server.ts';

const mebi = 1024 * 1024;

withOpenSsh('a line that breaks', () => {
  let server: OpenSsh;
  let proxy: FaultProxy;
  let folder: string;
  let clients: SftpStorageClient[];

  beforeAll(async () => {
    server = await startOpenSsh();
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    proxy = await startFaultProxy({ target: server.port });
    folder = newFolder(server);
    clients = [];
  });
  afterEach(async () => {
    proxy.faults = () => ({});
    for (const client of clients) await client.close();
    await proxy.stop();
  });

  const connect = async (more: Partial<SftpStorageOptions> = {}): Promise<SftpStorageClient> => {
    const options = { port: proxy.port, fingerprint: server.fingerprints.ed25519, connections: 1, ...more };
    const client = await connectTo(server, folder, options);
    clients.push(client);
    return client;
  };

  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  const read = (client: StorageClient, path: string): Promise<Uint8Array> => collectBytes(client.read(path));

  describe('a connection that is cut', () => {
    test('fails what was under way with an advice to retry, and the next call connects anew', async () => {
      const client = await connect();
      await client.write('file', contentOf(randomBytes(8 * mebi)));
      const reading = client.read('file')[Symbol.asyncIterator]();
      await reading.next();
      proxy.cutAll();
      const rest = async (): Promise<void> => {
        while ((await reading.next()).done !== true);
      };
      expect(await failure(rest())).toMatchObject({ code: 'connection', retry: 'yes', path: 'file' });
      expect(await client.stat('file')).toMatchObject({ kind: 'file', size: 8 * mebi });
      expect(proxy.connections).toBe(2);
    });

    test('in a write leaves what stood there, and only the next clean-up finds something', async () => {
      const client = await connect();
      await client.write('file', contentOf('old'));
      const broken = {
        size: 4 * mebi,
        async *open(): AsyncGenerator<Uint8Array> {
          yield randomBytes(2 * mebi);
          proxy.cutAll();
          yield randomBytes(2 * mebi);
        },
      };
      expect(await failure(client.write('file', broken))).toMatchObject({ code: 'connection', retry: 'yes' });
      expect(Buffer.from(await read(client, 'file')).toString()).toBe('old');
      expect(readdirSync(join(folder, '.syncengine/staging'))).toHaveLength(1);
      await client.recover();
      expect(readdirSync(folder)).toEqual(['file']);
    });

    test('goes on with the bytes that arrived', async () => {
      const client = await connect();
      const bytes = randomBytes(24 * mebi);
      let token: string | undefined;
      let isFirst = true;
      const content = {
        size: bytes.byteLength,
        async *open({ received }: { readonly received?: { readonly size: number } | undefined } = {}) {
          for (let start = received?.size ?? 0; start < bytes.byteLength; start += mebi) {
            if (isFirst && start === 20 * mebi) proxy.cutAll();
            yield bytes.subarray(start, start + mebi);
          }
        },
      };
      const remember = async (name: string): Promise<void> => {
        token = name;
      };
      expect(await failure(client.write('file', content, { resume: { remember } }))).toMatchObject({ retry: 'yes' });
      isFirst = false;
      const before = proxy.passed.toServer;
      await client.write('file', content, { resume: { token, remember } });
      // What was on its way when the line broke is sent again, at most 8 MiB.
      expect(proxy.passed.toServer - before).toBeLessThan(16 * mebi);
      expect(Buffer.from(await read(client, 'file')).equals(bytes)).toBe(true);
    });

    test('while nothing was under way is not even noticed', async () => {
      const client = await connect();
      await client.write('file', contentOf('text'));
      proxy.cutAll();
      await new Promise((resolve) => setImmediate(resolve));
      // Either it was seen in time, or the first call finds it out.
      const first = await failure(client.stat('file'));
      if (first !== undefined) expect(first).toMatchObject({ code: 'connection', retry: 'yes' });
      expect(await client.stat('file')).toMatchObject({ kind: 'file' });
    });

    test('in the middle of logging in is a failure that may pass', async () => {
      for (const toClient of [0, 10, 1_000, 2_000]) {
        proxy.faults = () => ({ cutAfter: { toClient } });
        expect(await failure(connect())).toMatchObject({ code: 'connection', retry: 'yes' });
      }
    });
  });

  test('a server that falls silent is given up after the set time', async () => {
    const client = await connect({ timeoutMs: 1_500 });
    await client.write('file', contentOf(randomBytes(4 * mebi)));
    proxy.faults = () => ({ stallAfter: { toClient: 200_000 } });
    proxy.cutAll();
    await failure(client.stat('file'));
    expect(await failure(read(client, 'file'))).toMatchObject({ code: 'timeout', retry: 'yes' });
    proxy.faults = () => ({ stallAfter: { toClient: 500 } });
    expect(await failure(client.stat('file'))).toMatchObject({ retry: 'yes' });
    proxy.faults = () => ({});
    expect(await client.stat('file')).toMatchObject({ kind: 'file' });
  });

  test('a server that does nothing for longer than the set time, but lives, is waited for', async () => {
    const client = await connect({ timeoutMs: 1_500 });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect((await client.stat(''))?.kind).toBe('directory');
    expect(proxy.connections).toBe(1);
  });

  test('a refused connection is a failure that may pass', async () => {
    const client = await connect();
    proxy.faults = () => ({ refuse: true });
    proxy.cutAll();
    await failure(client.stat(''));
    expect(await failure(client.stat(''))).toMatchObject({ code: 'connection', retry: 'yes' });
    proxy.faults = () => ({});
    expect((await client.stat(''))?.kind).toBe('directory');
  });

  test('a server that takes no second connection is content with one', async () => {
    const client = await connect({ connections: 3 });
    proxy.faults = () => ({ refuse: true });
    const writes = Array.from({ length: 200 }, (_, index) => client.write(`many/${index}`, contentOf(String(index))));
    await Promise.all(writes);
    expect(readdirSync(join(folder, 'many'))).toHaveLength(200);
  });

  test('an abort ends a call on a silent line at once', async () => {
    const client = await connect();
    proxy.faults = () => ({ stallAfter: { toClient: 500 } });
    proxy.cutAll();
    await failure(client.stat(''));
    const abort = new AbortController();
    const reason = new Error('enough');
    const waiting = failure(client.stat('', { signal: abort.signal }));
    abort.abort(reason);
    expect(await waiting).toBe(reason);
  });

  test('an abort ends what waits for an answer at once', async () => {
    const writer = await connect();
    await writer.write('file', contentOf(randomBytes(4 * mebi)));
    for (const name of ['stat', 'read', 'list'] as const) {
      const client = await connect();
      const abort = new AbortController();
      const { signal } = abort;
      const reason = new Error('enough');
      const reading = client.read('file', { signal });
      await reading.next();
      const drained = async (stream: AsyncIterable<unknown>): Promise<void> => {
        for await (const item of stream) expect(item).toBeDefined();
      };
      const calls = {
        stat: () => client.stat('file', { signal }),
        read: () => drained(reading),
        list: () => drained(client.list('', { signal })),
      };
      const waiting = failure(calls[name]());
      abort.abort(reason);
      expect(await waiting).toBe(reason);
      proxy.cutAll();
    }
  });

  const seed = Number(process.env['SYNCENGINE_SEED'] ?? 20261122);

  describe(`two-way runs (SYNCENGINE_SEED=${seed})`, () => {
    let pair: Pair;
    let state = seed;

    beforeEach(() => {
      pair = new Pair();
    });
    afterEach(() => pair.dispose());

    const random = (limit: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 4_294_967_296) * limit);
    };

    const weathers: Readonly<Record<string, () => Faults>> = {
      'cut after any byte': () => ({ cutAfter: { toServer: 3_000 + random(200_000) } }),
      'cut while answering': () => ({ cutAfter: { toClient: 2_500 + random(60_000) }, cutBy: 'end' }),
      'slow, and cut': () => ({ latencyMs: 5, cutAfter: { toServer: 20_000 + random(300_000) } }),
      'refused now and then': () => (random(2) === 0 ? { refuse: true } : { cutAfter: { toServer: 40_000 } }),
      'falling silent': () => ({ stallAfter: { toClient: 4_000 + random(60_000) } }),
    };

    for (const [name, weather] of Object.entries(weathers)) {
      test(`${name}: problems are told, nothing is lost, and it ends clean in good weather`, {
        timeout: 240_000,
      }, async () => {
        for (let index = 0; index < 30; index += 1) {
          put(pair.folder, `local/${index % 5}/${index}`, randomBytes(random(40_000)));
          put(folder, `remote/${index % 5}/${index}`, randomBytes(random(40_000)));
        }
        own(server, join(folder, 'remote'));
        for (const each of ['', '/0', '/1', '/2', '/3', '/4']) own(server, join(folder, `remote${each}`));
        const expected = new Map([...readTree(pair.folder), ...readTree(folder)]);
        const client = await connect({ timeoutMs: 500 });
        const retry = { attempts: 2, baseDelayMs: 1, maximumDelayMs: 2 };
        proxy.faults = weather;
        proxy.cutAll();
        // Silence takes its time.
        const rounds = name === 'falling silent' ? 1 : 3;
        for (let round = 0; round < rounds; round += 1) {
          try {
            const result = await pair.engine(client, { retry }).sync();
            if (result.status !== 'clean') expect(result.problems.length).toBeGreaterThan(0);
          } catch (error) {
            expect(isSyncEngineError(error), String(error)).toBe(true);
          }
          // At every moment each path has its whole content, on the side where it was.
          for (const [path, content] of readTree(pair.folder)) expect(content === expected.get(path), path).toBe(true);
          for (const [path, content] of readTree(folder)) expect(content === expected.get(path), path).toBe(true);
        }
        proxy.faults = () => ({});
        proxy.cutAll();
        const patient = await connect();
        expect((await pair.engine(patient).sync()).status).toBe('clean');
        expect(new Map([...readTree(pair.folder)].sort())).toEqual(new Map([...expected].sort()));
        expect(new Map([...readTree(folder)].sort())).toEqual(new Map([...expected].sort()));
        expect((await pair.engine(patient).plan()).operations).toEqual([]);
      });
    }
  });
});
