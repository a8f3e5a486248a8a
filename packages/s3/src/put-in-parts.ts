import { createHash } from 'node:crypto';
import { exactly, type FileEntry, isSyncEngineError, PromisedHashes } from '@syncengine/core';
import { conditionOf } from './conditions.ts';
import { versionOfTag } from './entries.ts';
import { metadataOf } from './new-object.ts';
import { takePlace } from './place.ts';
import { parseToken, type StoredPart, tokenText, Upload } from './upload.ts';
import { commit, requireStanding, stored, type WriteRequest } from './writing.ts';

/** The service takes no more parts of one object. */
const mostParts = 10_000;
const mebi = 1024 * 1024;

/**
 * Stores a large object in parts, several on their way at once. An upload that was cut off goes on: its content is read
 * from the beginning, and only the parts that the service does not hold are sent.
 */
export async function putInParts(request: WriteRequest): Promise<FileEntry> {
  const { upload, held } = await begin(request);
  try {
    const tags = await sendParts(request, upload, held);
    return await complete(request, upload, tags);
  } catch (error) {
    if (!mayGoOn(request, error)) await upload.abort();
    throw error;
  }
}

interface Begun {
  readonly upload: Upload;
  /** Parts that the service has of it, by number. */
  readonly held: ReadonlyMap<number, StoredPart>;
}

async function begin(request: WriteRequest): Promise<Begun> {
  const { settings, content, options, modifiedAt, attributes } = request;
  const { resume, signal } = options;
  const begun = await beginAgain(request);
  if (begun !== undefined) return begun;
  // It goes into the object's metadata, which is sent before the content.
  const md5 = options.hashes?.md5 ?? (await content.hash?.('md5', { signal }));
  const partSize = Math.max(settings.partSize, Math.ceil(content.size / mostParts / mebi) * mebi);
  const Metadata = metadataOf(modifiedAt, md5);
  const upload = await Upload.create(request, { partSize, modifiedAt, md5 }, { ...attributes, Metadata }, signal);
  try {
    await resume?.remember(tokenText(upload.token));
  } catch (error) {
    await upload.abort();
    throw error;
  }
  return { upload, held: new Map() };
}

/** The upload that was remembered; given up when it is gone, or was one of something else. */
async function beginAgain(request: WriteRequest): Promise<Begun | undefined> {
  const { content, options, modifiedAt } = request;
  const token = parseToken(options.resume?.token);
  if (token === undefined) return undefined;
  const upload = new Upload(request, token);
  const hasTime = options.modifiedAt === undefined || token.modifiedAt === modifiedAt;
  const isSame = hasTime && token.partSize * mostParts >= content.size;
  const held = isSame ? await upload.parts(options.signal) : undefined;
  if (held !== undefined) return { upload, held };
  await upload.abort(options.signal);
  return undefined;
}

/** What was remembered is kept for the next run where the failure is one that passes, or the run was cancelled. */
function mayGoOn({ options }: WriteRequest, error: unknown): boolean {
  if (options.resume === undefined) return false;
  if (options.signal?.aborted === true) return true;
  return isSyncEngineError(error) && error.retry !== 'no' && error.code !== 'content-mismatch';
}

/** @returns the ETags of all parts, in order */
async function sendParts(
  request: WriteRequest,
  upload: Upload,
  held: ReadonlyMap<number, StoredPart>,
): Promise<readonly string[]> {
  const stop = new AbortController();
  const { signal } = request.options;
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const sending: Promise<string>[] = [];
  try {
    for await (const part of partsOf(request, upload, stopped)) {
      const number = sending.length + 1;
      const sent = sendPart(upload, number, part.body, held.get(number), stopped).finally(part.release);
      // One failure ends all; which one it was is told below.
      sent.catch((error: unknown) => stop.abort(error));
      sending.push(sent);
    }
    return await Promise.all(sending);
  } catch (error) {
    // Parts that are on their way when the source breaks need not be sent again.
    if (!mayGoOn(request, error)) stop.abort(error);
    await Promise.allSettled(sending);
    throw error;
  }
}

async function sendPart(
  upload: Upload,
  number: number,
  body: Buffer,
  held: StoredPart | undefined,
  signal: AbortSignal,
): Promise<string> {
  const md5 = createHash('md5').update(body).digest();
  if (held?.size === body.byteLength && held.tag === md5.toString('hex')) return held.tag;
  return await upload.send(number, body, md5, signal);
}

interface Part {
  readonly body: Buffer;
  /** To be called when the part is no longer needed in memory. */
  readonly release: () => void;
}

/** The content cut into parts, refused before its last one when it is not what was promised. */
async function* partsOf(request: WriteRequest, { token }: Upload, signal: AbortSignal): AsyncGenerator<Part> {
  const { content, path, options, parts } = request;
  const { partSize, md5 } = token;
  const promised = new PromisedHashes(md5 === undefined ? options.hashes : { ...options.hashes, md5 });
  let release: (() => void) | undefined;
  try {
    let body = Buffer.alloc(0);
    let filled = 0;
    let rest = content.size;
    for await (const chunk of exactly(content, path, signal)) {
      promised.update(chunk);
      for (let taken = 0; taken < chunk.byteLength; ) {
        if (release === undefined) {
          release = await takePlace(parts, signal);
          body = Buffer.allocUnsafe(Math.min(partSize, rest));
          filled = 0;
        }
        const piece = chunk.subarray(taken, taken + body.byteLength - filled);
        body.set(piece, filled);
        filled += piece.byteLength;
        taken += piece.byteLength;
        rest -= piece.byteLength;
        // The last part waits for the end of the content, which may turn out too long, or not what was promised.
        if (filled < body.byteLength || rest === 0) continue;
        const full = { body, release };
        release = undefined;
        yield full;
      }
    }
    promised.require(path);
    if (release === undefined) return;
    const last = { body, release };
    release = undefined;
    yield last;
  } finally {
    release?.();
  }
}

async function complete(request: WriteRequest, upload: Upload, tags: readonly string[]): Promise<FileEntry> {
  const { path, content, options, conditions } = request;
  const condition = conditions.completion ? conditionOf(options.expected, conditions) : {};
  if (Object.keys(condition).length === 0) await requireStanding(request);
  const { md5, modifiedAt } = upload.token;
  const entry = { kind: 'file', path, size: content.size, modifiedAt, ...(md5 ? { hashes: { md5 } } : {}) } as const;
  try {
    const answer = await commit(request, () => upload.complete(tags, condition, options.signal));
    const version = versionOfTag(answer.ETag);
    return version === '' ? await stored(request) : { ...entry, version };
  } catch (error) {
    // The answer may have been lost after the object was made.
    const standing = isUncertain(error) ? await request.look() : undefined;
    if (standing?.version === tagOf(tags)) return standing;
    throw error;
  }
}

function isUncertain(error: unknown): boolean {
  return isSyncEngineError(error) && (error.retry !== 'no' || error.code === 'not-found');
}

/** The ETag of an object in parts: the MD5 of the MD5s of its parts, and how many they are. */
function tagOf(tags: readonly string[]): string {
  const hash = createHash('md5');
  for (const tag of tags) hash.update(Buffer.from(tag, 'hex'));
  return `${hash.digest('hex')}-${tags.length}`;
}
