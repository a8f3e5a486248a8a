import { describe, expect, test } from 'vitest';
import { optionsOf } from './create-storage-client.ts';
import { S3StorageClient } from './s3-storage-client.ts';

const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'hunter2' };

function options(address: string, env: Record<string, string> = {}): ReturnType<typeof optionsOf> {
  return optionsOf(new URL(address), { env });
}

describe('an s3:// address', () => {
  test('names bucket and prefix', () => {
    expect(options('s3://bucket')).toMatchObject({ bucket: 'bucket', prefix: '' });
    expect(options('s3://bucket/')).toMatchObject({ bucket: 'bucket', prefix: '' });
    expect(options('s3://My.Bucket_1/some/wh%23re%3F/')).toMatchObject({
      bucket: 'My.Bucket_1',
      prefix: 'some/wh#re?',
    });
    expect(options('s3://bucket/ünï%20code')).toMatchObject({ prefix: 'ünï code' });
  });

  test('takes settings, which count more than the environment', () => {
    const env = { ...keys, AWS_ENDPOINT_URL_S3: 'http://elsewhere', AWS_REGION: 'eu-north-1' };
    expect(options('s3://bucket', env)).toMatchObject({ endpoint: 'http://elsewhere', region: 'eu-north-1' });
    const address = 's3://b-1?endpoint=http://host:1&region=eu-west-1&path-style=false&part-size=16&etags=opaque';
    expect(options(`${address}&storage-class=STANDARD_IA&directory-markers=true`, env)).toMatchObject({
      endpoint: 'http://host:1',
      region: 'eu-west-1',
      pathStyle: false,
      partSize: 16 * 1024 * 1024,
      etags: 'opaque',
      storageClass: 'STANDARD_IA',
      directoryMarkers: true,
    });
  });

  test('takes keys from the environment, but for a profile that was asked for', () => {
    const env = { ...keys, AWS_SESSION_TOKEN: 'token' };
    const credentials = { accessKeyId: 'key', secretAccessKey: 'hunter2', sessionToken: 'token' };
    expect(options('s3://bucket', env)).toMatchObject({ credentials });
    expect(options('s3://bucket?profile=work', env)).toMatchObject({ profile: 'work', credentials: undefined });
    expect(options('s3://bucket')).toMatchObject({ profile: undefined, credentials: undefined });
  });

  test.each([
    ['s3://key:hunter2@bucket', 'AWS_SECRET_ACCESS_KEY'],
    ['s3://bucket#part', '%23'],
    ['s3://bucket/100%', '%25'],
    ['s3://bucket?endpiont=x', 'endpiont'],
    ['s3://bucket?path-style=yes', 'path-style'],
    ['s3://bucket?part-size=8M', 'part-size'],
    ['s3://bucket?etags=sha', 'etags'],
    ['s3://bucket?storage-class=a%0Ab', 'storage-class'],
  ])('%s is refused, with what would be right', (address, hint) => {
    const parse = (): unknown => options(address, keys);
    expect(parse).toThrow(hint);
    expect(parse).not.toThrow('hunter2');
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});

describe('options that make no sense are refused before anything is asked', () => {
  test.each([
    [{ bucket: '' }, 'bucket'],
    [{ bucket: 'a/b' }, 'bucket'],
    [{ bucket: 'b', prefix: '/a' }, 'prefix'],
    [{ bucket: 'b', prefix: 'a/../b' }, 'prefix'],
    [{ bucket: 'b', prefix: 'a/' }, 'prefix'],
    [{ bucket: 'b', endpoint: 'localhost:1' }, 'endpoint'],
    [{ bucket: 'b', endpoint: 'http://key:hunter2@localhost' }, 'endpoint'],
    [{ bucket: 'b', partSize: 1024 }, 'partSize'],
    [{ bucket: 'b', partSize: 5.5 * 1024 * 1024 + 0.5 }, 'partSize'],
    [{ bucket: 'b', multipartFrom: -1 }, 'multipartFrom'],
    [{ bucket: 'b', pageSize: 1001 }, 'pageSize'],
    [{ bucket: 'b', partsAtOnce: 0 }, 'partsAtOnce'],
    [{ bucket: 'b', idleTimeoutMs: Number.NaN }, 'idleTimeoutMs'],
  ])('%j', async (wrong, name) => {
    const opened = S3StorageClient.open({ endpoint: 'http://127.0.0.1:1', ...wrong });
    await expect(opened).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(opened).rejects.toThrow(name);
    await expect(opened).rejects.not.toThrow('hunter2');
  });
});
