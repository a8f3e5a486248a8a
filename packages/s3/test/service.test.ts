import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  collectBytes,
  contentOf,
  type Entry,
  LocalStorageClient,
  MemoryStateStore,
  SyncEngine,
  SyncStateManager,
} from '@syncengine/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { S3StorageClient, type S3StorageOptions } from '../src/index.ts';
import { AnsweringProxy } from './support/answering-proxy.ts';
import { describeWithCeph, newBucket, open, sdk, service, unfinished } from './support/service.ts';

const mebi = 1024 * 1024;

async function tree(client: S3StorageClient, boundaries?: readonly string[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of client.listRecursive({ boundaries })) entries.push(...page);
  return entries;
}

async function pathsOf(client: S3StorageClient, boundaries?: readonly string[]): Promise<string[]> {
  return (await tree(client, boundaries)).map(({ path }) => path);
}

async function text(client: S3StorageClient, path: string): Promise<string> {
  return Buffer.from(await collectBytes(client.read(path))).toString();
}

describeWithCeph('With a real service', () => {
  let bucket = '';
  beforeAll(async () => {
    bucket = await newBucket();
  });
  let number = 0;
  const place = (options: Partial<S3StorageOptions> = {}): Promise<S3StorageClient> => {
    number += 1;
    return open({ bucket, prefix: `place-${number}`, ...options });
  };
  const keyOf = (path: string): string => `place-${number}/${path}`;
  const putAs = async (path: string, body: string | Buffer = path, how = {}): Promise<void> => {
    await sdk().send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(path), Body: body, ...how }));
  };

  describe('the client', () => {
    test('has an id that names service, bucket and prefix, and no secret', async () => {
      const whole = await open({ bucket });
      const part = await open({ bucket, prefix: 'some/where' });
      expect(whole.id).toBe(`s3://127.0.0.1:${service().port}/${bucket}`);
      expect(part.id).toBe(`${whole.id}/some/where`);
    });

    test('takes a client of the SDK that is ready, and does not close it', async () => {
      const client = sdk();
      const storage = await S3StorageClient.open({ bucket, prefix: 'own', client });
      await storage.write('file', contentOf('x'));
      await storage.close();
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'own/file' }));
      expect(await answer.Body?.transformToString()).toBe('x');
    });

    test('declares what Ceph checks by itself, once it found out, and leaves nothing of that', async () => {
      const client = await place();
      expect(client.capabilities.conditionalWrites).toBe('advisory');
      // It ignores conditions on the completion of uploads in parts and on removals.
      expect(await client.probe()).toEqual({ absent: true, version: 'bare', completion: false, removal: false });
      expect(client.capabilities).toMatchObject({ conditionalWrites: 'advisory', conditionalRemoves: 'advisory' });
      const { Versions = [] } = await sdk().send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: keyOf('') }));
      expect(Versions).toEqual([]);
      expect(await unfinished(bucket)).toEqual([]);
    });

    test('writes a new small file with one request', async () => {
      const proxy = await AnsweringProxy.start();
      try {
        const client = await place({ endpoint: proxy.endpoint });
        await client.probe();
        proxy.seen.length = 0;
        await client.write('dir/file', contentOf('text'), { expected: 'absent', modifiedAt: 1e12 });
        expect(proxy.counts()).toEqual({ 'PUT object': 1 });
      } finally {
        await proxy.stop();
      }
    });
  });

  describe('listing', () => {
    test('tells keys of every kind as they are, in order', async () => {
      const client = await place();
      const names = [
        'a b+c%20d',
        'line\nbreak',
        'c\u0001\u001b',
        'é',
        '\uffff',
        '😀',
        '&<>"',
        'a\\b',
        'x/y',
        'x//y',
        'x.',
      ];
      for (const name of names) await putAs(name);
      const expected = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await pathsOf(client)).toEqual(expected);
      expect(await pathsOf(await open({ bucket, prefix: `place-${number}`, pageSize: 1 }))).toEqual(expected);
    });

    test('gives the same in parts as at once, whatever the boundaries', async () => {
      const client = await place({ pageSize: 3, listingsAtOnce: 4 });
      const paths = Array.from({ length: 60 }, (_, index) => `${index % 7}/${index % 3}/file-${index}`).sort();
      await Promise.all(paths.map((path) => client.write(path, contentOf(path))));
      expect(await pathsOf(client)).toEqual(paths);
      for (const boundaries of [['3'], ['0', '1', '2', '3', '4', '5', '6', '7'], paths, ['zzz'], ['', '3/1/file-9']]) {
        expect(await pathsOf(client, boundaries)).toEqual(paths);
      }
    });

    test('of one deep folder is taken apart as well', async () => {
      const client = await place({ pageSize: 4 });
      const paths = Array.from({ length: 30 }, (_, index) => `only/one/way/${index % 5}/${index}`).sort();
      await Promise.all(paths.map((path) => client.write(path, contentOf(path))));
      expect(await pathsOf(client)).toEqual(paths);
    });

    test('lists several parts at the same time, and is done early when the reader is', async () => {
      const proxy = await AnsweringProxy.start();
      try {
        const client = await place({ endpoint: proxy.endpoint, pageSize: 2 });
        const paths = Array.from({ length: 40 }, (_, index) => `dir-${index % 10}/${index}`);
        await Promise.all(paths.map((path) => client.write(path, contentOf(path))));
        let [now, most] = [0, 0];
        proxy.answer = () => {
          now += 1;
          most = Math.max(most, now);
          return undefined;
        };
        proxy.onAnswered = async () => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          now -= 1;
          return undefined;
        };
        await pathsOf(client, ['dir-2', 'dir-4', 'dir-6', 'dir-8']);
        expect(most).toBeGreaterThan(2);
        proxy.seen.length = 0;
        for await (const page of client.listRecursive({ boundaries: ['dir-2', 'dir-4'] })) {
          expect(page.length).toBeGreaterThan(0);
          break;
        }
        expect(proxy.seen.length).toBeLessThan(16);
      } finally {
        await proxy.stop();
      }
    });

    test('understands markers of folders, and makes them when told', async () => {
      const client = await place();
      await putAs('theirs/', '');
      await putAs('theirs/file');
      expect(await tree(client)).toMatchObject([{ kind: 'directory', path: 'theirs' }, { path: 'theirs/file' }]);
      const marking = await open({ bucket, prefix: `place-${number}`, directoryMarkers: true });
      await marking.makeDirectory('ours/empty');
      expect(await client.stat('ours/empty')).toEqual({ kind: 'directory', path: 'ours/empty' });
      const listed: Entry[] = [];
      for await (const page of client.list('ours')) listed.push(...page);
      expect(listed).toEqual([{ kind: 'directory', path: 'ours/empty' }]);
      await client.remove('ours/empty');
      expect(await client.stat('ours')).toBeUndefined();
    });
  });

  describe('objects', () => {
    test('get what the options say', async () => {
      const client = await place({ storageClass: 'STANDARD', acl: 'public-read', tags: { kind: 'a & b', of: 'test' } });
      await client.write('page.html', contentOf('<p>'), { modifiedAt: 1_700_000_000_123.456 });
      await client.write('unknown.qqq', contentOf('?'));
      const head = await sdk().send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf('page.html') }));
      expect(head.ContentType).toBe('text/html');
      expect(head.Metadata).toEqual({ mtime: '1700000000.123456' });
      const other = await sdk().send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf('unknown.qqq') }));
      expect(other.ContentType).toBe('application/octet-stream');
      const tags = await sdk().send(new GetObjectTaggingCommand({ Bucket: bucket, Key: keyOf('page.html') }));
      expect(tags.TagSet?.map(({ Key, Value }) => `${Key}=${Value}`).sort()).toEqual(['kind=a & b', 'of=test']);
      const anonymous = await fetch(`${service().endpoint}/${bucket}/${keyOf('page.html')}`);
      expect(await anonymous.text()).toBe('<p>');
    });

    test('without a time in their metadata have the one at which they were stored', async () => {
      const client = await place();
      await putAs('file', 'text', { Metadata: { mtime: 'nonsense' } });
      const head = await sdk().send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf('file') }));
      expect(await client.stat('file')).toMatchObject({ modifiedAt: head.LastModified?.getTime() });
    });

    test('in parts have no MD5 as their ETag, and none is told', async () => {
      const client = await place();
      const upload = { Bucket: bucket, Key: keyOf('theirs') };
      const { UploadId } = await sdk().send(new CreateMultipartUploadCommand(upload));
      const part = await sdk().send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'text' }));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
      await sdk().send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
      expect(await client.stat('theirs')).not.toHaveProperty('hashes');
      expect((await tree(client))[0]).not.toHaveProperty('hashes');
    });

    test('whose ETag is opaque tell no MD5 from it', async () => {
      const client = await place({ etags: 'opaque' });
      await putAs('theirs');
      expect((await tree(client))[0]).not.toHaveProperty('hashes');
      expect(await client.stat('theirs')).not.toHaveProperty('hashes');
      const entry = await client.write('ours', contentOf('abc'));
      expect(entry.hashes).toEqual({ md5: '900150983cd24fb0d6963f7d28e17f72' });
      expect(await client.stat('ours')).toEqual(entry);
    });

    test('are downloaded in parts at the same time, each byte once and in order', async () => {
      const proxy = await AnsweringProxy.start();
      try {
        const client = await place({ endpoint: proxy.endpoint, partSize: 5 * mebi });
        const content = randomBytes(23 * mebi + 5);
        const { version } = await client.write('large', contentOf(content));
        proxy.seen.length = 0;
        const bytes = await collectBytes(client.read('large', { expected: version }));
        expect(Buffer.from(bytes).equals(content)).toBe(true);
        expect(proxy.counts()).toEqual({ 'GET object': 5, 'HEAD object': 1 });
      } finally {
        await proxy.stop();
      }
    });
  });

  describe('copies', () => {
    test('stay inside the service, with content, type and time', async () => {
      const proxy = await AnsweringProxy.start();
      try {
        const client = await place({ endpoint: proxy.endpoint });
        await putAs('theirs.html', '<p>', { ContentType: 'text/x-special', CacheControl: 'no-store' });
        const original = await client.stat('theirs.html');
        const copy = await client.copy('theirs.html', 'copy & more/ü');
        expect(copy).toEqual({ ...original, path: 'copy & more/ü' });
        const head = await sdk().send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf('copy & more/ü') }));
        expect(head).toMatchObject({ ContentType: 'text/x-special', CacheControl: 'no-store' });
        expect(proxy.counts()).toMatchObject({ 'PUT object copy': 1 });
        expect(proxy.counts()['GET object']).toBeUndefined();
      } finally {
        await proxy.stop();
      }
    });

    test('of large objects are made in parts', async () => {
      const client = await place({ copyInPartsFrom: 5 * mebi });
      const content = Buffer.alloc(12 * mebi + 3, 'copy');
      const original = await client.write('large', contentOf(content), { modifiedAt: 1_600_000_000_000 });
      const copy = await client.copy('large', 'copy');
      expect(copy).toMatchObject({ size: content.byteLength, modifiedAt: 1_600_000_000_000, hashes: original.hashes });
      expect(copy.version).toMatch(/-3$/);
      expect(Buffer.from(await collectBytes(client.read('copy'))).equals(content)).toBe(true);
      expect(await unfinished(bucket)).toEqual([]);
    });

    test('go from one bucket to another by the service, and only there', async () => {
      const from = await place();
      const to = await open({ bucket: await newBucket() });
      const { version } = await from.write('file', contentOf('text'), { modifiedAt: 1_500_000_000_000 });
      const options = { version, expected: 'absent', modifiedAt: 1_500_000_000_000 } as const;
      const entry = await to.copyFrom(from, 'file', 'dir/file', options);
      expect(entry).toMatchObject({ path: 'dir/file', modifiedAt: 1_500_000_000_000 });
      expect(await text(to, 'dir/file')).toBe('text');
      await expect(to.copyFrom(from, 'file', 'dir/file', options)).rejects.toMatchObject({
        code: 'precondition-failed',
      });
      const stale = to.copyFrom(from, 'file', 'other', { ...options, version: 'another' });
      await expect(stale).rejects.toMatchObject({ code: 'source-changed' });
      const local = new LocalStorageClient('/nowhere');
      expect(await to.copyFrom(local, 'file', 'third', options)).toBeUndefined();
      expect(await to.stat('other')).toBeUndefined();
    });
  });

  test('two buckets are kept in sync by the service alone', async () => {
    const proxy = await AnsweringProxy.start();
    try {
      const [source, destination] = [
        await open({ bucket: await newBucket(), endpoint: proxy.endpoint }),
        await open({ bucket: await newBucket(), endpoint: proxy.endpoint }),
      ];
      for (const path of ['a', 'dir/b', 'dir/c & d']) {
        await source.write(path, contentOf(path), { modifiedAt: 1_400_000_000_000 });
      }
      proxy.seen.length = 0;
      const state = new SyncStateManager({ store: new MemoryStateStore() });
      const result = await new SyncEngine({ source, destination, state }).sync();
      expect(result).toMatchObject({ status: 'clean', problems: [] });
      expect(proxy.counts()).toMatchObject({ 'PUT object copy': 3 });
      expect(proxy.counts()['GET object']).toBeUndefined();
      expect(await destination.stat('dir/b')).toEqual(await source.stat('dir/b'));
      expect((await new SyncEngine({ source, destination, state }).sync()).operations).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });

  describe('removals', () => {
    test('that come at the same time go together', async () => {
      const proxy = await AnsweringProxy.start();
      try {
        const client = await place({ endpoint: proxy.endpoint });
        const names = Array.from({ length: 30 }, (_, index) => `file-${index} & <${'\n'.repeat(index % 2)}>`);
        for (const name of names) await putAs(name);
        proxy.seen.length = 0;
        await Promise.all(names.map((name) => client.remove(name)));
        expect(await pathsOf(client)).toEqual([]);
        // Names that XML cannot hold go alone.
        expect(proxy.counts()['POST ?delete']).toBeLessThan(15);
        expect(proxy.counts()['DELETE object']).toBeLessThan(20);
        expect(proxy.seen.find(({ kind }) => kind === 'POST ?delete')?.headers['content-md5']).toBeDefined();
      } finally {
        await proxy.stop();
      }
    });

    test('go one by one where a service knows no others', async () => {
      const proxy = await AnsweringProxy.start();
      try {
        const client = await place({ endpoint: proxy.endpoint });
        await Promise.all(['a', 'b', 'c'].map((name) => putAs(name)));
        proxy.answer = ({ kind }) => (kind === 'POST ?delete' ? { status: 501 } : undefined);
        await Promise.all(['a', 'b', 'c'].map((name) => client.remove(name)));
        expect(await pathsOf(client)).toEqual([]);
      } finally {
        await proxy.stop();
      }
    });
  });

  describe('a bucket that keeps versions', () => {
    test('is the trash: what is replaced and removed can be brought back', async () => {
      const versioned = await newBucket();
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await sdk().send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }));
      const client = await open({ bucket: versioned });
      expect(client.capabilities.trash).toBe('native');
      const folder = await mkdtemp(join(tmpdir(), 'syncengine-s3-'));
      try {
        const state = new SyncStateManager({ store: new MemoryStateStore() });
        const sync = (): Promise<unknown> =>
          new SyncEngine({ source: new LocalStorageClient(folder), destination: client, state }).sync();
        await writeFile(join(folder, 'kept'), 'kept');
        await writeFile(join(folder, 'replaced'), 'first');
        await writeFile(join(folder, 'removed'), 'only');
        await sync();
        await writeFile(join(folder, 'replaced'), 'second');
        await rm(join(folder, 'removed'));
        await sync();
        expect(await pathsOf(client)).toEqual(['kept', 'replaced']);
        const { Versions = [] } = await sdk().send(new ListObjectVersionsCommand({ Bucket: versioned }));
        const contents: string[] = [];
        for (const { Key, VersionId } of Versions) {
          const answer = await sdk().send(new GetObjectCommand({ Bucket: versioned, Key, VersionId }));
          contents.push(`${Key} ${await answer.Body?.transformToString()}`);
        }
        // Finding out what the service checks leaves no versions.
        expect(contents.sort()).toEqual(['kept kept', 'removed only', 'replaced first', 'replaced second']);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
});
