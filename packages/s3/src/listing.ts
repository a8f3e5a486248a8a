import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { compareUtf8, type Entry, SyncEngineError } from '@syncengine/core';
import type { Bucket } from './bucket.ts';
import { decoded } from './decoded.ts';
import { listedEntry } from './entries.ts';
import type { Keys } from './keys.ts';

export interface PageRequest {
  /** Only keys that begin with this. */
  readonly prefix: string;
  /** Only keys behind this one. */
  readonly after: string | undefined;
  /** Keys with a slash behind the prefix are told once, up to that slash. */
  readonly grouped: boolean;
  readonly pageSize: number;
  readonly signal: AbortSignal | undefined;
}

interface ListedObject {
  /** `undefined` for a key that is no valid Unicode. */
  readonly key: string | undefined;
  readonly entry: Entry;
}

export interface ListedPage {
  readonly objects: readonly ListedObject[];
  /** What grouped keys have in common, each with its slash. */
  readonly groups: readonly string[];
  /** Where the next page begins; `undefined` at the end. */
  readonly next: string | undefined;
}

/** One page of keys. Pages follow each other by the last key, so that no page depends on a token that a service may forget. */
export async function listPage(
  bucket: Bucket,
  keys: Keys,
  etags: 'md5' | 'opaque',
  request: PageRequest,
): Promise<ListedPage> {
  const { prefix, after, grouped, pageSize, signal } = request;
  const path = keys.pathOf(prefix).replace(/\/$/, '');
  const command = new ListObjectsV2Command({
    Bucket: bucket.name,
    Prefix: prefix,
    MaxKeys: pageSize,
    // XML cannot hold every character that a key can have.
    EncodingType: 'url',
    ...(after === undefined ? {} : { StartAfter: after }),
    ...(grouped ? { Delimiter: '/' } : {}),
  });
  const answer = await bucket.request(path, signal, (client, sending) => client.send(command, sending));
  return pageOf(bucket, keys, etags, request, answer);
}

function pageOf(
  bucket: Bucket,
  keys: Keys,
  etags: 'md5' | 'opaque',
  { prefix, after, grouped }: PageRequest,
  answer: ListObjectsV2CommandOutput,
): ListedPage {
  // A page without this word is some other answer: it must not pass for an empty one.
  if (answer.IsTruncated === undefined) throw senseless(bucket, keys, prefix, 'it does not say whether it is the last');
  const objects: ListedObject[] = [];
  let last = after;
  for (const object of answer.Contents ?? []) {
    const raw = object.Key ?? '';
    const key = decoded(raw);
    if (key === undefined) {
      objects.push(undecodable(keys, raw));
      continue;
    }
    const isOrdered = last === undefined || compareUtf8(last, key) < 0;
    // Groups stand among the keys, so the order of a grouped page is that of both together.
    if (!key.startsWith(prefix) || (!isOrdered && !grouped)) throw outOfOrder(bucket, keys, last ?? prefix, key);
    last = key;
    objects.push({ key, entry: listedEntry(keys.pathOf(key), object, etags) });
  }
  const groups: string[] = [];
  for (const { Prefix: raw = '' } of answer.CommonPrefixes ?? []) {
    const group = decoded(raw);
    if (group !== undefined) groups.push(group);
    else objects.push(undecodable(keys, raw));
  }
  const next = answer.IsTruncated ? lastOf(objects, groups) : undefined;
  if (answer.IsTruncated && (next === undefined || next === after)) {
    throw senseless(bucket, keys, prefix, 'it leads no further, but is not the last');
  }
  return { objects, groups, next };
}

/** The next page begins behind the last key and behind everything in the last group. */
function lastOf(objects: readonly ListedObject[], groups: readonly string[]): string | undefined {
  const object = objects.findLast(({ key }) => key !== undefined)?.key;
  const group = groups.at(-1);
  if (group === undefined) return object;
  const behindGroup = `${group}\u{10ffff}`;
  return object === undefined || compareUtf8(object, behindGroup) < 0 ? behindGroup : object;
}

function undecodable(keys: Keys, raw: string): ListedObject {
  const path = keys.pathOf(raw);
  const message = `The key ${raw} is no valid Unicode, so it can be no file; it is left alone.`;
  return { key: undefined, entry: { kind: 'unknown', path, code: 'invalid-name', message } };
}

function outOfOrder(bucket: Bucket, keys: Keys, before: string, key: string): SyncEngineError {
  const shown = [before, key].map((each) => JSON.stringify(keys.pathOf(each))).join(' before ');
  const message = `${bucket.place.host} lists the bucket ${bucket.name} out of order: ${shown}. Such a listing cannot be trusted.`;
  return new SyncEngineError('order-broken', message, { path: '' });
}

function senseless(bucket: Bucket, keys: Keys, prefix: string, why: string): SyncEngineError {
  const where = JSON.stringify(keys.pathOf(prefix));
  const message = `${bucket.place.host} answers for ${where} in the bucket ${bucket.name} with a listing that makes no sense: ${why}.`;
  return new SyncEngineError('storage-failure', message, {
    path: keys.pathOf(prefix).replace(/\/$/, ''),
    retry: 'yes',
  });
}
