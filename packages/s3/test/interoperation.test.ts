import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { LocalStorageClient, MemoryStateStore, SyncEngine, type SyncResult, SyncStateManager } from '@syncengine/core';
import { missing, programPath } from '@syncengine/test-servers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AnsweringProxy } from './support/answering-proxy.ts';
import { credentials, isThere, newBucket, open, sdk, service } from './support/service.ts';

const reason = missing('rclone') ?? (isThere ? undefined : missing('ceph'));
const mebi = 1024 * 1024;

/** rclone's name for a place in the test's bucket. */
const remote = (path: string): string => `ceph:${path}`;

async function rclone(...words: readonly string[]): Promise<string> {
  const { accessKeyId, secretAccessKey } = credentials();
  const env = {
    // Nothing else: what is set for other tools of this kind would lead rclone astray.
    PATH: process.env['PATH'],
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_CEPH_TYPE: 's3',
    RCLONE_CONFIG_CEPH_PROVIDER: 'Ceph',
    RCLONE_CONFIG_CEPH_ENDPOINT: service().endpoint,
    RCLONE_CONFIG_CEPH_ACCESS_KEY_ID: accessKeyId,
    RCLONE_CONFIG_CEPH_SECRET_ACCESS_KEY: secretAccessKey,
  };
  const { stdout, stderr } = await promisify(execFile)(programPath('rclone') ?? 'rclone', words, { env });
  return stdout + stderr;
}

/** Size, time to the microsecond, and path of each file, in order. */
async function lsl(place: string): Promise<string[]> {
  const lines = (await rclone('lsl', place)).trimEnd().split('\n');
  return lines
    .map((line) => line.trim().replace(/(\.\d{6})\d{3} /, '$1 '))
    .filter((line) => !line.includes('.syncengine'))
    .sort();
}

let folder = '';
let bucket = '';

/** Names that are hard on somebody, and times before and after the epoch, to the microsecond. */
const files: Readonly<Record<string, { readonly size: number; readonly seconds: number }>> = {
  'plain.txt': { size: 10, seconds: 1_700_000_000.123456 },
  'with space/and+plus%20.bin': { size: 0, seconds: 1_500_000_000 },
  'ünï/😀 кириллица': { size: 1_000, seconds: 999_999_999.5 },
  "quo'te&amp;<x>": { size: 65_537, seconds: 1_234_567_890.000001 },
  'old/before 1970': { size: 3, seconds: -86_400.25 },
  'large/in parts': { size: 23 * mebi, seconds: 1_600_000_000.999999 },
};

async function fill(root: string): Promise<void> {
  for (const [name, { size, seconds }] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, randomBytes(size));
    await utimes(path, seconds, seconds);
  }
}

async function sync(source: string, endpoint?: string): Promise<SyncResult> {
  const client = await open({ bucket, prefix: 'place', ...(endpoint === undefined ? {} : { endpoint }) });
  const state = new SyncStateManager({ store: new MemoryStateStore() });
  return await new SyncEngine({ source: new LocalStorageClient(source), destination: client, state }).sync();
}

describe.skipIf(reason !== undefined)(
  `rclone and this client${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'syncengine-rclone-'));
      bucket = await newBucket();
      await mkdir(join(folder, 'here'));
    });

    afterEach(async () => {
      await rm(folder, { recursive: true });
    });

    test('rclone checks and lists what we wrote without complaint, times included', async () => {
      const here = join(folder, 'here');
      await fill(here);
      expect((await sync(here)).status).toBe('clean');
      const filter = ['--exclude', '/.syncengine/**'];
      const said = await rclone('check', here, remote(`${bucket}/place`), ...filter);
      expect(said).toContain('0 differences found');
      expect(said).toContain(`${Object.keys(files).length} matching files`);
      // Large objects have no MD5 as their ETag: it is the one in the metadata that rclone compares.
      expect(said).not.toMatch(/hashes could not be checked/);
      expect(await lsl(remote(`${bucket}/place`))).toEqual(await lsl(here));
    });

    test('the metadata is what rclone writes, to the letter', async () => {
      const here = join(folder, 'here');
      await fill(here);
      await sync(here);
      await rclone('copy', here, remote(`${bucket}/theirs`), '--s3-upload-cutoff', '16M', '--s3-chunk-size', '8M');
      for (const name of Object.keys(files)) {
        const [ours, theirs] = await Promise.all(
          ['place', 'theirs'].map((at) => sdk().send(new HeadObjectCommand({ Bucket: bucket, Key: `${at}/${name}` }))),
        );
        expect({ name, metadata: ours?.Metadata }).toEqual({ name, metadata: theirs?.Metadata });
        expect(ours?.ETag).toBe(theirs?.ETag);
      }
    });

    test('a bucket that rclone filled is adopted without transfer', async () => {
      const here = join(folder, 'here');
      await fill(here);
      await rclone('copy', here, remote(`${bucket}/place`), '--s3-upload-cutoff', '16M', '--s3-chunk-size', '8M');
      const proxy = await AnsweringProxy.start();
      try {
        const result = await sync(here, proxy.endpoint);
        expect(result).toMatchObject({ status: 'clean', conflicts: [], problems: [] });
        const { 'PUT object': puts, 'GET object': gets, 'HEAD object': heads } = proxy.counts();
        expect({ puts, gets }).toEqual({ puts: undefined, gets: undefined });
        // Only of the object in parts a listing does not tell enough, and some heads are of no file at all.
        expect(heads).toBeLessThan(5);
        expect((await sync(here)).status).toBe('clean');
      } finally {
        await proxy.stop();
      }
    });

    test('what rclone put into the bucket comes here with its times, and with its content', async () => {
      const there = join(folder, 'there');
      await fill(there);
      await rclone('copy', there, remote(`${bucket}/place`));
      const here = join(folder, 'here');
      expect((await sync(here)).status).toBe('clean');
      expect(await lsl(here)).toEqual(await lsl(there));
      expect(await rclone('check', here, there, '--exclude', '/.syncengine/**')).toContain('0 differences found');
      expect((await stat(join(here, 'plain.txt'))).mtimeMs).toBeCloseTo(1_700_000_000_123.456, 2);
    });
  },
);
