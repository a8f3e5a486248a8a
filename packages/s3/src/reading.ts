import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import {
  type FileEntry,
  isSyncEngineError,
  type ReadOptions,
  SyncEngineError,
  storageFailure,
  type Version,
} from '@syncengine/core';
import { chunksOf } from './body.ts';
import type { Bucket } from './bucket.ts';
import type { DirectAnswer } from './direct.ts';
import { timeOf, versionOfTag } from './entries.ts';
import { statusOf } from './failures.ts';
import type { LookAhead } from './look-ahead.ts';
import { metadataIn } from './metadata.ts';

export interface ReadRequest {
  readonly bucket: Bucket;
  readonly path: string;
  readonly key: string;
  readonly partSize: number;
  readonly lookAhead: LookAhead;
  readonly options: ReadOptions;
  /** What stands there, looked up anew; for larger objects, whose reading takes its time. */
  look(): Promise<FileEntry | undefined>;
}

/** An answer that brings content, as far as it is looked at. */
interface Opened
  extends Pick<GetObjectCommandOutput, 'ETag' | 'ContentRange' | 'ContentLength' | 'LastModified' | 'Metadata'> {
  readonly Body: Readable;
}

interface Range {
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/** Parts of one download that are fetched at once. */
const partsOfOne = 4;

/** Smaller objects come in one piece, of one version; larger ones are looked at again when they were read. Bytes. */
const oneBreath = 1024 * 1024;

/**
 * The content of an object: the first part as it comes, what is behind it in further parts, several at once. All parts are
 * of one version.
 */
export async function* readObject(request: ReadRequest): AsyncGenerator<Uint8Array> {
  const { options, partSize, path } = request;
  const wanted = { start: options.range?.start ?? 0, end: options.range?.end ?? Number.MAX_SAFE_INTEGER };
  if (wanted.end <= wanted.start) return;
  const first = { start: wanted.start, end: Math.min(wanted.end, wanted.start + partSize) };
  const answer = await open(request, first, options.expected);
  if (answer === undefined) {
    // Nothing lies in this range. Whether it is that version is not said.
    const standing = await requireVersion(request, options.expected);
    if (standing?.modifiedAt !== undefined) options.onModifiedAt?.(standing.modifiedAt);
    return;
  }
  const version = versionOfTag(answer.ETag);
  if (options.expected !== undefined && version !== options.expected) throw storageFailure('source-changed', path);
  options.onModifiedAt?.(timeOf(answer));
  const size = sizeOf(answer);
  const end = Math.min(wanted.end, size);
  // A service that does not know ranges sends everything.
  const isWhole = answer.ContentRange === undefined;
  if (isWhole && first.start > 0) throw withoutRanges(request);
  yield* bytesOf(request, answer, { start: first.start, end: isWhole ? end : Math.min(first.end, end) });
  if (!isWhole && first.end < end) yield* restOf(request, partsOf({ start: first.end, end }, partSize), version);
  if (size > oneBreath) await requireVersion(request, options.expected);
}

function partsOf({ start, end }: Range, partSize: number): Range[] {
  const parts: Range[] = [];
  for (let from = start; from < end; from += partSize) parts.push({ start: from, end: Math.min(end, from + partSize) });
  return parts;
}

async function* restOf(request: ReadRequest, parts: readonly Range[], version: Version): AsyncGenerator<Uint8Array> {
  const { lookAhead } = request;
  const stop = new AbortController();
  const { signal } = request.options;
  const ahead = { ...request, options: { signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal } };
  const fetching: Promise<readonly Uint8Array[]>[] = [];
  let next = 0;
  const fetchMore = (): void => {
    while (fetching.length < partsOfOne && lookAhead.tryTake()) {
      const part = parts[next];
      if (part === undefined) {
        lookAhead.giveBack();
        return;
      }
      next += 1;
      const fetched = fetchPart(ahead, part, version);
      // Its failure is told when it is its turn.
      fetched.catch(() => undefined);
      fetching.push(fetched);
    }
  };
  try {
    for (;;) {
      fetchMore();
      const first = fetching[0];
      const part = parts[next];
      if (first !== undefined) {
        yield* await first;
        await fetching.shift();
        lookAhead.giveBack();
      } else if (part !== undefined) {
        next += 1;
        yield* readPart(request, part, version);
      } else return;
    }
  } finally {
    stop.abort();
    await Promise.allSettled(fetching);
    for (const _ of fetching) lookAhead.giveBack();
  }
}

async function fetchPart(request: ReadRequest, part: Range, version: Version): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readPart(request, part, version)) chunks.push(chunk);
  return chunks;
}

async function* readPart(request: ReadRequest, part: Range, version: Version): AsyncGenerator<Uint8Array> {
  const answer = await open(request, part, version);
  if (answer === undefined || versionOfTag(answer.ETag) !== version) {
    throw storageFailure('source-changed', request.path);
  }
  if (answer.ContentRange === undefined) throw withoutRanges(request);
  yield* bytesOf(request, answer, part);
}

/** `undefined` when the object ends before the range. */
async function open(
  { bucket, path, key, options }: ReadRequest,
  range: Range,
  version: Version | undefined,
): Promise<Opened | undefined> {
  const part = `bytes=${range.start}-${range.end - 1}`;
  const tag = version === undefined ? undefined : `"${version}"`;
  try {
    return await bucket.request(path, options.signal, async (client, sending) => {
      const { direct } = bucket;
      if (direct !== undefined) {
        return openedOf(
          await direct.get(key, { range: part, ...(tag === undefined ? {} : { 'if-match': tag }) }, sending),
        );
      }
      const command = new GetObjectCommand({ Bucket: bucket.name, Key: key, Range: part, IfMatch: tag });
      const answer = await client.send(command, sending);
      // In Node the SDK gives a stream of the http module.
      return { ...answer, Body: answer.Body as Readable };
    });
  } catch (error) {
    if (statusOf(error) === 416) return undefined;
    if (isSyncEngineError(error, 'precondition-failed')) throw storageFailure('source-changed', path, { cause: error });
    throw error;
  }
}

function openedOf({ headers, body }: DirectAnswer): Opened {
  const stored = Date.parse(headers['last-modified'] ?? '');
  return {
    ETag: headers['etag'],
    ContentRange: headers['content-range'],
    ContentLength: Number(headers['content-length'] ?? 0),
    LastModified: Number.isNaN(stored) ? undefined : new Date(stored),
    Metadata: metadataIn(headers),
    Body: body,
  };
}

/** The bytes of an answer, which must be exactly as many as the range has. */
async function* bytesOf(
  { bucket, path, options }: ReadRequest,
  answer: Opened,
  { start, end }: Range,
): AsyncGenerator<Uint8Array> {
  const length = Math.max(0, end - start);
  let came = 0;
  for await (const bytes of chunksOf(answer.Body, { path, place: bucket.place, signal: options.signal })) {
    const rest = bytes.byteLength > length - came ? bytes.subarray(0, length - came) : bytes;
    came += rest.byteLength;
    if (rest.byteLength > 0) yield rest;
    // The end of an answer is waited for, so that its connection serves the next request.
    if (rest.byteLength < bytes.byteLength) break;
  }
  if (came === length) return;
  const message = `The service sent ${came} of ${length} bytes of ${JSON.stringify(path)}.`;
  throw new SyncEngineError('connection', message, { path, retry: 'yes' });
}

function sizeOf(answer: Opened): number {
  const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
  return total === undefined ? (answer.ContentLength ?? 0) : Number(total);
}

/** What stands there, looked at only where a version is expected. */
async function requireVersion(
  { look, path }: ReadRequest,
  expected: Version | undefined,
): Promise<FileEntry | undefined> {
  if (expected === undefined) return undefined;
  const standing = await look();
  if (standing?.version !== expected) throw storageFailure('source-changed', path);
  return standing;
}

function withoutRanges({ bucket, path }: ReadRequest): SyncEngineError {
  const message = `${bucket.place.host} does not send parts of objects, so ${JSON.stringify(path)} can only be read from its beginning.`;
  return new SyncEngineError('unsupported', message, { path });
}
