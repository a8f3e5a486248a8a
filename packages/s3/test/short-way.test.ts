import { GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { collectBytes, contentOf, type FileEntry } from '@syncengine/core';
import { expect, test } from 'vitest';
import type { S3StorageOptions } from '../src/index.ts';
import { AnsweringProxy, type Seen } from './support/answering-proxy.ts';
import { describeWithCeph, newBucket, open, sdk } from './support/service.ts';

const names = ["it's (100%) *new*!", 'a b+c&d=e?f#g', 'ü/😀/x~y_z-.', '@:,;$[]{}|^"<>', 'dir/empty'];
const options = {
  tags: { 'a key': 'a & b' },
  storageClass: 'STANDARD',
  acl: 'private',
  contentType: () => 'text/x-special; charset=utf-8',
} satisfies Partial<S3StorageOptions>;
const modifiedAt = 1_600_000_000_123.456;

describeWithCeph('the short way past the layers of the SDK', () => {
  async function throughOf(layers: 'the SDK' | 'the short way'): Promise<{ stored: unknown[]; seen: Seen[] }> {
    const bucket = await newBucket();
    const proxy = await AnsweringProxy.start();
    try {
      const given = layers === 'the SDK' ? { client: sdk(proxy.endpoint) } : { endpoint: proxy.endpoint };
      const client = await open({ bucket, ...given, ...options });
      const stored: unknown[] = [];
      for (const name of names) {
        const content = name === 'dir/empty' ? '' : `content of ${name}`;
        const first = await client.write(name, contentOf(content), { modifiedAt, expected: 'absent' });
        await expect(client.write(name, contentOf('other'), { expected: 'absent' })).rejects.toMatchObject({
          code: 'precondition-failed',
        });
        const entry: FileEntry = await client.write(name, contentOf(content), { modifiedAt, expected: first.version });
        const times: number[] = [];
        const onModifiedAt = (time: number): number => times.push(time);
        const bytes = await collectBytes(client.read(name, { expected: entry.version, onModifiedAt }));
        await expect(collectBytes(client.read(name, { expected: 'x'.repeat(32) }))).rejects.toMatchObject({
          code: 'source-changed',
        });
        const place = { Bucket: bucket, Key: name };
        const { ETag, Metadata, ContentType, ContentLength, StorageClass } = await sdk().send(
          new HeadObjectCommand(place),
        );
        const { TagSet } = await sdk().send(new GetObjectTaggingCommand(place));
        stored.push({ ETag, Metadata, ContentType, ContentLength, StorageClass, TagSet });
        stored.push({ entry, times, text: Buffer.from(bytes).toString() });
      }
      await expect(collectBytes(client.read('missing'))).rejects.toMatchObject({ code: 'not-found' });
      await client.close();
      return { stored, seen: proxy.seen };
    } finally {
      await proxy.stop();
    }
  }

  test('stores and reads the same, and is taken only with a client of our own', async () => {
    const [short, long] = [await throughOf('the short way'), await throughOf('the SDK')];
    expect(short.stored).toEqual(long.stored);
    // The SDK names the operation in the query.
    const named = ({ seen }: { seen: Seen[] }): string[] =>
      seen.filter(({ url }) => /x-id=(Put|Get)Object/.test(url) && !url.includes('/probe-')).map(({ url }) => url);
    expect(named(short)).toEqual([]);
    expect(named(long).length).toBeGreaterThan(2 * names.length);
  });

  test('tells of failures as the SDK does', async () => {
    const proxy = await AnsweringProxy.start();
    try {
      const bucket = await newBucket();
      const clients = [
        await open({ bucket, endpoint: proxy.endpoint }),
        await open({ bucket, client: sdk(proxy.endpoint) }),
      ];
      for (const [status, code] of [
        [403, 'RequestTimeTooSkewed'],
        [403, 'SignatureDoesNotMatch'],
        [403, undefined],
        [301, 'PermanentRedirect'],
        [400, 'ExpiredToken'],
        [404, 'NoSuchBucket'],
        [503, 'SlowDown'],
        [501, undefined],
        [507, undefined],
      ] as const) {
        const body = code === undefined ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
        const headers = { 'content-type': 'application/xml', 'retry-after': '7', 'x-amz-bucket-region': 'eu-west-1' };
        proxy.answer = ({ method }) => (method === 'PUT' || method === 'GET' ? { status, headers, body } : undefined);
        const [own, theirs] = await Promise.all(
          clients.map(async (client) => {
            const failures = [client.write('file', contentOf('text')), collectBytes(client.read('file'))];
            return (await Promise.allSettled(failures)).map((outcome) => Reflect.get({ ...outcome }, 'reason'));
          }),
        );
        const told = (errors: unknown[] = []): unknown[] =>
          errors.map((error) => ['code', 'retry'].map((name) => Reflect.get(Object(error), name)));
        expect([status, code, ...told(own)]).toEqual([status, code, ...told(theirs)]);
      }
    } finally {
      await proxy.stop();
    }
  });
});
