import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand, PutBucketPolicyCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  type Content,
  collectBytes,
  contentOf,
  type ErrorCode,
  LocalStorageClient,
  MemoryStateStore,
  type StorageClient,
  SyncEngine,
  type SyncEngineError,
  SyncStateManager,
} from '@syncengine/core';
import { type FaultProxy, type Faults, startFaultProxy } from '@syncengine/test-servers';
import { afterEach, beforeAll, expect, inject, test } from 'vitest';
import { S3StorageClient, type S3StorageOptions } from '../src/index.ts';
import { AnsweringProxy, s3Error } from './support/answering-proxy.ts';
import { credentials, describeWithCeph, newBucket, open, sdk, service, unfinished } from './support/service.ts';

const mebi = 1024 * 1024;
const ended: Array<() => Promise<unknown>> = [];

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function answering(): Promise<AnsweringProxy> {
  const proxy = await AnsweringProxy.start();
  ended.push(() => proxy.stop());
  return proxy;
}

async function breaking(
  faults: (connection: number) => Faults = () => ({}),
): Promise<FaultProxy & { endpoint: string }> {
  const proxy = await startFaultProxy({ target: service().port, faults });
  ended.push(() => proxy.stop());
  return Object.assign(proxy, { endpoint: `http://127.0.0.1:${proxy.port}` });
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'syncengine-s3-'));
  ended.push(() => rm(path, { recursive: true }));
  return path;
}

async function failure(work: Promise<unknown>): Promise<SyncEngineError> {
  return await work.then(
    () => expect.fail('it should have failed'),
    (error: SyncEngineError) => error,
  );
}

async function read(client: StorageClient, path: string): Promise<string> {
  return Buffer.from(await collectBytes(client.read(path))).toString();
}

async function listed(client: S3StorageClient): Promise<string[]> {
  const paths: string[] = [];
  for await (const page of client.listRecursive()) paths.push(...page.map(({ path }) => path));
  return paths;
}

/** An engine that remembers, for runs one after the other. */
function engine(source: StorageClient, destination: StorageClient, store = new MemoryStateStore()): SyncEngine {
  return new SyncEngine({ source, destination, state: new SyncStateManager({ store }) });
}

describeWithCeph('Bad input and bad days', () => {
  let bucket = '';
  beforeAll(async () => {
    bucket = await newBucket();
  });
  let number = 0;
  const place = (options: Partial<S3StorageOptions> = {}): Promise<S3StorageClient> => {
    number += 1;
    return open({ bucket, prefix: `place-${number}`, ...options });
  };

  test('no such bucket: told when it is opened, with what to do', async () => {
    const error = await failure(open({ bucket: 'no-such-bucket' }));
    expect(error).toMatchObject({ code: 'root-missing', retry: 'no' });
    expect(error.message).toMatch(/no bucket no-such-bucket at 127\.0\.0\.1:\d+.*Check its name/);
  });

  test('a bucket that goes away later never looks empty', async () => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint });
    proxy.answer = () => s3Error(404, 'NoSuchBucket');
    expect(await failure(listed(client))).toMatchObject({ code: 'root-missing' });
    expect(await failure(client.stat(''))).toMatchObject({ code: 'root-missing' });
    expect(await failure(client.write('file', contentOf('x')))).toMatchObject({ code: 'root-missing' });
  });

  test('wrong region: told where the bucket is, and nothing is sent on', async () => {
    const elsewhere = await answering();
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint });
    const headers = { location: `${elsewhere.endpoint}/`, 'x-amz-bucket-region': 'eu-west-7' };
    for (const [status, code] of [
      [301, 'PermanentRedirect'],
      [307, 'TemporaryRedirect'],
      [400, 'AuthorizationHeaderMalformed'],
    ] as const) {
      proxy.answer = () => s3Error(status, code, headers);
      const calls = [() => listed(client), () => client.write('file', contentOf('x')), () => client.stat('file')];
      for (const call of calls) {
        const error = await failure(call());
        expect(error).toMatchObject({ code: 'invalid-options', retry: 'no' });
        expect(error.message).toContain('eu-west-7');
      }
    }
    expect(elsewhere.seen).toEqual([]);
  });

  test('wrong secret, and an access key that nobody has', async () => {
    const { accessKeyId } = credentials();
    for (const keys of [
      { accessKeyId, secretAccessKey: 'a-wrong-secret' },
      { accessKeyId: 'nobody', secretAccessKey: 'a-wrong-secret' },
    ]) {
      const error = await failure(open({ bucket, credentials: keys }));
      expect(error).toMatchObject({ code: 'permission-denied', retry: 'no' });
      expect(error.message).toContain('does not accept the credentials');
      expect(JSON.stringify([error.message, error.cause])).not.toContain('a-wrong-secret');
    }
  });

  test('no credentials at all', async () => {
    const options = {
      bucket,
      endpoint: service().endpoint,
      credentials: async () => Promise.reject(new NoCredentials()),
    };
    const error = await failure(S3StorageClient.open(options));
    expect(error).toMatchObject({ code: 'permission-denied' });
    expect(error.message).toContain('AWS_ACCESS_KEY_ID');
  });

  test('clock skew', async () => {
    const client = sdk();
    client.config.systemClockOffset = 3 * 60 * 60 * 1_000;
    const error = await failure(S3StorageClient.open({ bucket, client }));
    expect(error).toMatchObject({ code: 'permission-denied', retry: 'no' });
    expect(error.message).toContain('clock');
  });

  test('an expired token, between two pages of a listing as well', async () => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint, pageSize: 1 });
    await client.write('a', contentOf('1'));
    await client.write('b', contentOf('2'));
    let pages = 0;
    proxy.answer = ({ kind }) => {
      pages += kind === 'GET ?list-type' ? 1 : 0;
      return pages > 1 ? s3Error(400, 'ExpiredToken') : undefined;
    };
    const error = await failure(listed(client));
    expect(error).toMatchObject({ code: 'permission-denied', retry: 'no' });
    expect(error.message).toContain('expired');
  });

  test('no permission for one prefix: what cannot be seen is neither empty nor deleted', async () => {
    const stranger = inject('stranger');
    const others = await newBucket();
    const owner = await open({ bucket: others });
    await owner.write('open/file', contentOf('to be seen'));
    await owner.write('closed/file', contentOf('not to be seen'));
    const everyone = { Effect: 'Allow', Principal: '*' };
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { ...everyone, Action: ['s3:ListBucket'], Resource: [`arn:aws:s3:::${others}`] },
        { ...everyone, Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${others}/open/*`] },
      ],
    });
    await sdk().send(new PutBucketPolicyCommand({ Bucket: others, Policy }));
    const client = await open({ bucket: others, credentials: stranger });
    expect(await read(client, 'open/file')).toBe('to be seen');
    const calls = [
      () => read(client, 'closed/file'),
      () => client.write('open/new', contentOf('x')),
      () => client.stat('closed/file'),
    ];
    for (const call of calls) {
      expect(await failure(call())).toMatchObject({ code: 'permission-denied', retry: 'no' });
    }
    const destination = await folder();
    const store = new MemoryStateStore();
    const result = await engine(client, new LocalStorageClient(destination), store).sync();
    expect(result.problems.map(({ path, code }) => [path, code])).toEqual([['closed/file', 'permission-denied']]);
    expect(await readdir(join(destination, 'open'))).toEqual(['file']);
    await rm(join(destination, 'open/file'));
    await engine(client, new LocalStorageClient(destination), store).sync();
    expect(await read(owner, 'open/file')).toBe('to be seen');
  });

  test.each([
    [411, 'MissingContentLength', 'unsupported'],
    [501, 'NotImplemented', 'unsupported'],
    [405, 'MethodNotAllowed', 'unsupported'],
    [507, 'InsufficientStorage', 'no-space'],
    [403, 'QuotaExceeded', 'no-space'],
    [403, 'InvalidObjectState', 'unreadable'],
    [400, 'KeyTooLongError', 'unsupported-name'],
    [418, 'NobodyKnowsThis', 'storage-failure'],
  ] as const)('an answer %i %s is %s, and trying again is no use', async (status, name, code) => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint });
    proxy.answer = () => s3Error(status, name);
    const error = await failure(client.write('file', contentOf('x')));
    expect(error).toMatchObject({ code, retry: 'no', path: 'file' });
    expect(error.message).toContain(name);
  });

  test.each([
    [503, 'SlowDown', {}, 'throttled', 'yes'],
    [503, 'ServiceUnavailable', {}, 'storage-failure', 'yes'],
    [429, 'TooManyRequests', { 'retry-after': '7' }, 'throttled', { afterMs: 7_000 }],
    [500, 'InternalError', {}, 'storage-failure', 'yes'],
    [502, 'BadGateway', {}, 'storage-failure', 'yes'],
    [400, 'RequestTimeout', {}, 'timeout', 'yes'],
    [409, 'OperationAborted', {}, 'storage-failure', 'yes'],
    [400, 'BadDigest', {}, 'content-mismatch', 'yes'],
  ] as const)('an answer %i %s passes, so it is worth trying again', async (status, name, headers, code, retry) => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint });
    proxy.seen.length = 0;
    proxy.answer = () => s3Error(status, name, headers);
    expect(await failure(client.write('file', contentOf('x')))).toMatchObject({ code, retry });
    expect(await failure(listed(client))).toMatchObject({ code, retry });
    // Trying again is the engine's: nothing below it does.
    expect(proxy.counts()).toEqual({ 'PUT object': 1, 'GET ?list-type': 1 });
  });

  test.each([
    ['a page of a hotel', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><p>Log in</html>' }],
    ['half of an answer', { status: 200, body: '<?xml version="1.0"?><ListBucketResult><Contents><Key>a</K' }],
    ['nothing', { status: 200, body: '' }],
    ['another answer', { status: 200, body: '<?xml version="1.0"?><VersioningConfiguration/>' }],
  ])('a listing that is %s is no empty bucket', async (_, answer) => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint });
    await client.write('file', contentOf('x'));
    proxy.answer = ({ kind }) => (kind === 'GET ?list-type' ? answer : undefined);
    expect(await failure(listed(client))).toMatchObject({ code: 'storage-failure' satisfies ErrorCode, retry: 'yes' });
    expect((await failure(client.stat(''))).code).toBe('storage-failure');
  });

  test('a listing out of order is refused', async () => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint });
    const prefix = `place-${number}/`;
    const contents = ['b', 'a']
      .map((name) => `<Contents><Key>${prefix}${name}</Key><Size>1</Size></Contents>`)
      .join('');
    const body = `<ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`;
    proxy.answer = ({ kind }) => (kind === 'GET ?list-type' ? { status: 200, body } : undefined);
    expect(await failure(listed(client))).toMatchObject({ code: 'order-broken' });
  });

  test('a listing page that fails after others came never looks like deletions', async () => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint, pageSize: 3 });
    const destination = await folder();
    const store = new MemoryStateStore();
    for (let index = 0; index < 12; index += 1)
      await client.write(`dir-${index % 4}/file-${index}`, contentOf(`${index}`));
    expect((await engine(client, new LocalStorageClient(destination), store).sync()).status).toBe('clean');
    for (let good = 0; good < 5; good += 1) {
      let pages = 0;
      proxy.answer = ({ kind, url }) => {
        if (kind !== 'GET ?list-type' || url.includes('max-keys=2')) return undefined;
        pages += 1;
        return pages > good ? s3Error(403, 'AccessDenied') : undefined;
      };
      const outcome = engine(client, new LocalStorageClient(destination), store).sync();
      expect(
        await outcome.then(
          ({ status }) => status,
          (error: SyncEngineError) => error.code,
        ),
      ).not.toBe('clean');
      expect(await readdir(destination, { recursive: true })).toHaveLength(16);
    }
    proxy.answer = () => undefined;
    expect((await engine(client, new LocalStorageClient(destination), store).sync()).status).toBe('clean');
    expect(await listed(client)).toHaveLength(12);
  });

  test('connections cut in the middle of parts: the upload fails as a passing fault, and leaves nothing', async () => {
    const proxy = await breaking();
    const client = await place({ endpoint: proxy.endpoint, partSize: 5 * mebi, multipartFrom: 5 * mebi });
    await client.write('file', contentOf('old'));
    const before = proxy.connections;
    proxy.faults = (connection) => (connection > before ? { cutAfter: { toServer: 2 * mebi } } : {});
    const error = await failure(client.write('file', contentOf(Buffer.alloc(22 * mebi, 'new'))));
    expect(error).toMatchObject({ code: 'connection', retry: 'yes' });
    proxy.faults = () => ({});
    expect(await read(client, 'file')).toBe('old');
    expect(await unfinished(bucket, `place-${number}`)).toEqual([]);
  });

  test('the engine brings large files over connections that are cut again and again, both ways', async () => {
    const proxy = await breaking();
    const client = await place({ endpoint: proxy.endpoint, partSize: 5 * mebi, multipartFrom: 5 * mebi });
    const [source, target] = [await folder(), await folder()];
    const content = Buffer.from(Array.from({ length: 12 * mebi }, (_, index) => (index * index) % 251));
    await writeFile(join(source, 'large'), content);
    // Each third connection breaks in the middle of a part.
    proxy.faults = (connection) =>
      connection % 3 === 2 ? { cutAfter: { toServer: 3 * mebi, toClient: 3 * mebi } } : {};
    expect((await engine(new LocalStorageClient(source), client).sync()).status).toBe('clean');
    expect((await engine(client, new LocalStorageClient(target)).sync()).status).toBe('clean');
    expect((await readFile(join(target, 'large'))).equals(content)).toBe(true);
    expect(await unfinished(bucket, `place-${number}`)).toEqual([]);
  });

  test('a download that ends early is never taken for the whole, however the connection ends', async () => {
    const proxy = await breaking();
    const client = await place({ endpoint: proxy.endpoint });
    await client.write('file', contentOf(Buffer.alloc(3 * mebi, 'x')));
    for (const cutBy of ['reset', 'end'] as const) {
      proxy.cutAll();
      proxy.faults = () => ({ cutAfter: { toClient: mebi }, cutBy });
      expect(await failure(read(client, 'file'))).toMatchObject({ code: 'connection', retry: 'yes' });
    }
  });

  test('a proxy that stalls is given up after the idle time, up and down', async () => {
    const size = 3 * mebi;
    await (await place()).write('file', contentOf(Buffer.alloc(size, 'x')));
    const prefix = `place-${number}`;
    const idle = { bucket, prefix, idleTimeoutMs: 500 };
    const down = await breaking(() => ({ stallAfter: { toClient: mebi } }));
    const reader = await open({ ...idle, endpoint: down.endpoint });
    expect(await failure(read(reader, 'file'))).toMatchObject({ code: 'timeout', retry: 'yes' });
    const up = await breaking(() => ({ stallAfter: { toServer: mebi } }));
    const writer = await open({ ...idle, endpoint: up.endpoint });
    const write = writer.write('other', contentOf(Buffer.alloc(size, 'x')));
    expect(await failure(write)).toMatchObject({ code: 'timeout', retry: 'yes' });
    const silent = await breaking(() => ({ stallAfter: { toClient: 0 } }));
    expect(await failure(open({ ...idle, endpoint: silent.endpoint }))).toMatchObject({
      code: 'timeout',
      retry: 'yes',
    });
  });

  test('nobody there, and a host that nobody knows', async () => {
    const proxy = await breaking();
    await proxy.stop();
    const dead = await failure(open({ bucket, endpoint: proxy.endpoint }));
    expect(dead).toMatchObject({ code: 'connection', retry: 'yes' });
    const unknown = await failure(open({ bucket, endpoint: 'http://no-such-host.invalid' }));
    expect(unknown).toMatchObject({ code: 'connection', retry: 'yes' });
  });

  test('an answer that is lost after the commit is found out', async () => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint, partSize: 5 * mebi, multipartFrom: 5 * mebi });
    await client.probe();
    let lost = 0;
    proxy.onAnswered = async ({ kind }) => {
      if (kind !== 'POST ?uploadId') return undefined;
      lost += 1;
      return 'lost';
    };
    const entry = await client.write('file', contentOf(Buffer.alloc(6 * mebi)), { expected: 'absent' });
    expect(await client.stat('file')).toEqual(entry);
    expect(lost).toBe(1);
  });

  test('throttling lowers what goes on at once, and all arrives', async () => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint });
    const source = await folder();
    for (let index = 0; index < 60; index += 1) await writeFile(join(source, `file-${index}`), `content ${index}`);
    let puts = 0;
    let throttled = 0;
    proxy.answer = ({ kind }) => {
      if (kind !== 'PUT object') return undefined;
      puts += 1;
      if (puts < 20 || puts % 4 !== 0) return undefined;
      throttled += 1;
      return s3Error(503, 'SlowDown');
    };
    const result = await engine(new LocalStorageClient(source), client).sync();
    expect(throttled).toBeGreaterThan(5);
    expect(result).toMatchObject({ status: 'clean', problems: [] });
    expect(await listed(client)).toHaveLength(60);
  });

  test('keys that cannot be files are problems, and nothing else suffers', async () => {
    const client = await place();
    const prefix = `place-${number}`;
    const keys = ['a', 'a/b', 'x//y', 'r/../e', './d', 'both/', 'fine', 'tail/'];
    for (const key of keys) {
      const Body = key === 'tail/' ? 'not empty' : key === 'both/' ? '' : key;
      await sdk().send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${key}`, Body }));
    }
    const destination = await folder();
    const store = new MemoryStateStore();
    const result = await engine(client, new LocalStorageClient(destination), store).sync();
    expect(result.status).not.toBe('clean');
    expect(await readFile(join(destination, 'fine'), 'utf8')).toBe('fine');
    const problems = result.problems.map(({ path }) => path);
    for (const part of ['a', 'x', 'r', 'tail']) expect(problems.some((path) => path.startsWith(part))).toBe(true);
    // Whatever is done here, nothing there is deleted because of what could not be seen.
    await engine(client, new LocalStorageClient(destination), store).sync();
    for (const key of keys) await sdk().send(new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}/${key}` }));
  });

  test('a bucket that somebody else changes during the run: the change survives', async () => {
    const proxy = await answering();
    const client = await place({ endpoint: proxy.endpoint });
    const prefix = `place-${number}`;
    const source = await folder();
    const store = new MemoryStateStore();
    await writeFile(join(source, 'file'), 'first');
    expect((await engine(new LocalStorageClient(source), client, store).sync()).status).toBe('clean');
    await writeFile(join(source, 'file'), 'changed here');
    await writeFile(join(source, 'new'), 'made here');
    const others = new Map([
      ['file', 'changed there'],
      ['new', 'made there'],
    ]);
    // Right behind the listing, before anything is written.
    proxy.onAnswered = async ({ kind, url }) => {
      if (kind !== 'GET ?list-type' || url.includes('max-keys=2')) return undefined;
      for (const [name, Body] of others) {
        await sdk().send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}`, Body }));
      }
      others.clear();
      return undefined;
    };
    const result = await engine(new LocalStorageClient(source), client, store).sync();
    expect(result.problems.map(({ path, code }) => `${path} ${code}`).sort()).toEqual([
      'file precondition-failed',
      'new precondition-failed',
    ]);
    expect([await read(client, 'file'), await read(client, 'new')]).toEqual(['changed there', 'made there']);
    await engine(new LocalStorageClient(source), client, store).sync();
    const contents = await Promise.all(
      (await readdir(source))
        .filter((name) => !name.startsWith('.'))
        .map((name) => readFile(join(source, name), 'utf8')),
    );
    expect(contents.sort()).toEqual(['changed here', 'changed there', 'made here', 'made there']);
  });

  test('a source that breaks in the middle of parts leaves nothing, and what stood there stays', async () => {
    const client = await place({ partSize: 5 * mebi, multipartFrom: 5 * mebi });
    await client.write('file', contentOf('old'));
    const broken = new Error('the disk is gone');
    const content: Content = {
      size: 20 * mebi,
      async *open() {
        yield new Uint8Array(11 * mebi);
        throw broken;
      },
    };
    await expect(client.write('file', content)).rejects.toBe(broken);
    expect(await read(client, 'file')).toBe('old');
    expect(await unfinished(bucket, `place-${number}`)).toEqual([]);
  });
});

class NoCredentials extends Error {
  override readonly name = 'CredentialsProviderError';
}
