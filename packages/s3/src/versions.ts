import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { isSyncEngineError, type StoredVersion, SyncEngineError, storageFailure } from '@syncengine/core';
import { chunksOf } from './body.ts';
import type { Bucket } from './bucket.ts';
import { decoded } from './decoded.ts';
import { statusOf } from './failures.ts';
import { copySource, type Keys } from './keys.ts';

interface VersionsRequest {
  readonly bucket: Bucket;
  readonly keys: Keys;
  readonly path: string;
  readonly pageSize: number;
  readonly signal: AbortSignal | undefined;
}

/** A version or a deletion as the service lists it. */
interface Listed {
  readonly key: string;
  /** `undefined` for a deletion. */
  readonly id: string | undefined;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly size: number;
  readonly isLatest: boolean;
}

/** What a versioned bucket holds and has held at a path and below it, in pages by key. */
export async function* listVersions(request: VersionsRequest): AsyncGenerator<readonly StoredVersion[]> {
  const { keys, path } = request;
  let key: string | undefined;
  let ofKey: Listed[] = [];
  const finished: StoredVersion[] = [];
  const finishKey = (): void => {
    if (key !== undefined) finished.push(...versionsOf(keys.pathOf(key), ofKey));
    ofKey = [];
  };
  for await (const page of pages(request)) {
    for (const listed of page) {
      if (listed.key !== key) finishKey();
      key = listed.key;
      if (isMeant(keys, path, key)) ofKey.push(listed);
    }
    if (finished.length > 0) yield finished.splice(0);
  }
  finishKey();
  if (finished.length > 0) yield finished;
}

/** The path itself and what lies below it; neither our own folder nor what stands for a folder. */
function isMeant(keys: Keys, path: string, key: string): boolean {
  if (keys.isOurs(key) || key.endsWith('/') || key === keys.prefix) return false;
  return path === '' || key === keys.of(path) || key.startsWith(keys.below(path));
}

async function* pages({ bucket, keys, path, pageSize, signal }: VersionsRequest): AsyncGenerator<readonly Listed[]> {
  for (let marker: { KeyMarker?: string; VersionIdMarker?: string } = {}; ; ) {
    const command = new ListObjectVersionsCommand({
      Bucket: bucket.name,
      Prefix: keys.of(path),
      MaxKeys: pageSize,
      // XML cannot hold every character that a key can have.
      EncodingType: 'url',
      ...marker,
    });
    const answer = await bucket.request(path, signal, (client, sending) => client.send(command, sending));
    if (answer.IsTruncated === undefined) throw senseless(bucket, path);
    const listed: Listed[] = [];
    for (const { Key, VersionId, LastModified, Size, IsLatest } of answer.Versions ?? []) {
      const key = decoded(Key ?? '');
      const [time, size] = [LastModified?.getTime() ?? 0, Size ?? 0];
      if (key !== undefined) listed.push({ key, id: VersionId ?? 'null', time, size, isLatest: IsLatest === true });
    }
    for (const { Key, LastModified, IsLatest } of answer.DeleteMarkers ?? []) {
      const key = decoded(Key ?? '');
      const time = LastModified?.getTime() ?? 0;
      if (key !== undefined) listed.push({ key, id: undefined, time, size: 0, isLatest: IsLatest === true });
    }
    // The two come apart; together they are in the order of their keys.
    yield listed.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
    const { NextKeyMarker, NextVersionIdMarker } = answer;
    if (!answer.IsTruncated) return;
    if (NextKeyMarker === undefined) throw senseless(bucket, path);
    marker = {
      KeyMarker: decoded(NextKeyMarker) ?? NextKeyMarker,
      ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
    };
  }
}

/** Each version ends where the next one, or a deletion, begins. */
function versionsOf(path: string, listed: readonly Listed[]): StoredVersion[] {
  // Of one moment, the service lists the newer one first; the deletions were put behind the versions.
  const newestFirst = [...listed].sort(
    (left, right) => Number(right.isLatest) - Number(left.isLatest) || right.time - left.time,
  );
  const versions: StoredVersion[] = [];
  let until: number | undefined;
  for (const { id, time, size, isLatest } of newestFirst) {
    if (id !== undefined) versions.push({ path, id, since: time, until: isLatest ? undefined : (until ?? time), size });
    until = time;
  }
  return versions;
}

export interface VersionRequest {
  readonly bucket: Bucket;
  readonly path: string;
  readonly key: string;
  readonly id: string;
  readonly signal: AbortSignal | undefined;
}

/** The content of a version, whole. */
export async function* readVersion(request: VersionRequest): AsyncGenerator<Uint8Array> {
  const { bucket, path, key, id, signal } = request;
  const command = new GetObjectCommand({ Bucket: bucket.name, Key: key, VersionId: id });
  const answer = await ofVersion(request, () =>
    bucket.request(path, signal, (client, sending) => client.send(command, sending)),
  );
  let came = 0;
  // In Node the SDK gives a stream of the http module.
  for await (const bytes of chunksOf(answer.Body as Readable, { path, place: bucket.place, signal })) {
    came += bytes.byteLength;
    yield bytes;
  }
  if (came === (answer.ContentLength ?? came)) return;
  const message = `The service sent ${came} of ${answer.ContentLength} bytes of a version of ${JSON.stringify(path)}.`;
  throw new SyncEngineError('connection', message, { path, retry: 'yes' });
}

/** What a version is, without its content. */
export async function headVersion(request: VersionRequest): Promise<HeadObjectCommandOutput> {
  const { bucket, path, key, id, signal } = request;
  const command = new HeadObjectCommand({ Bucket: bucket.name, Key: key, VersionId: id });
  return await ofVersion(request, () =>
    bucket.request(path, signal, (client, sending) => client.send(command, sending)),
  );
}

/** Copies a version over what stands there, inside the service and with all that belongs to it. */
export async function copyVersion({ bucket, path, key, id, signal }: VersionRequest): Promise<void> {
  const command = new CopyObjectCommand({
    Bucket: bucket.name,
    Key: key,
    CopySource: `${copySource(bucket.name, key)}?versionId=${encodeURIComponent(id)}`,
    MetadataDirective: 'COPY',
  });
  await bucket.request(path, signal, (client, sending) => client.send(command, sending));
}

/** Services answer with different errors for a version of another key, or for what cannot be the name of one. */
async function ofVersion<Answer>({ path }: VersionRequest, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const status = statusOf(error);
    if (isSyncEngineError(error, 'root-missing') || (status !== 400 && status !== 404)) throw error;
    throw storageFailure('not-found', path, { cause: error });
  }
}

function senseless(bucket: Bucket, path: string): SyncEngineError {
  const message = `${bucket.place.host} answers with a list of versions of ${JSON.stringify(path)} that makes no sense.`;
  return new SyncEngineError('storage-failure', message, { path, retry: 'yes' });
}
