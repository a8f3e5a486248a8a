import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type Expectation, isSyncEngineError, reservedName } from '@syncengine/core';
import type { Bucket } from './bucket.ts';
import { versionOfTag } from './entries.ts';
import { statusOf } from './failures.ts';
import type { Keys } from './keys.ts';
import type { Sending } from './sending.ts';

/** What a service checks by itself. */
export interface Conditions {
  /** `If-None-Match: *` of a PUT. */
  readonly absent: boolean;
  /** `If-Match` of a PUT, and how the version has to be written. */
  readonly version: 'quoted' | 'bare' | 'ignored';
  /** Both of them when an upload in parts is completed. */
  readonly completion: boolean;
  /** `If-Match` of a DELETE. */
  readonly removal: boolean;
}

/** Nothing is checked, so the client looks by itself. */
export const noConditions: Conditions = { absent: false, version: 'ignored', completion: false, removal: false };

/** The header that makes a write conditional; none where the service would ignore it. */
export function conditionOf(
  expected: Expectation | undefined,
  conditions: Conditions,
): { readonly IfNoneMatch?: string; readonly IfMatch?: string } {
  if (expected === undefined) return {};
  if (expected === 'absent') return conditions.absent ? { IfNoneMatch: '*' } : {};
  switch (conditions.version) {
    case 'quoted':
      return { IfMatch: `"${expected}"` };
    case 'bare':
      return { IfMatch: expected };
    case 'ignored':
      return {};
  }
}

/**
 * Finds out what the service checks, with an object of its own below `.syncengine/`. Services ignore conditions silently,
 * answer 501, or want the version without quotes: none is believed before it was seen to refuse and to accept.
 */
export async function probeConditions(bucket: Bucket, keys: Keys, signal?: AbortSignal): Promise<Conditions> {
  const probe = new Probe(bucket, keys.of(`${reservedName}/probe-${randomUUID()}`), signal);
  try {
    return await probe.run();
  } finally {
    await probe.clear();
  }
}

const wrong = '0'.repeat(32);

class Probe {
  readonly #bucket: Bucket;
  readonly #key: string;
  readonly #signal: AbortSignal | undefined;
  /** Versions that a bucket which keeps versions would keep of the probe. */
  readonly #kept = new Set<string | undefined>();

  constructor(bucket: Bucket, key: string, signal: AbortSignal | undefined) {
    this.#bucket = bucket;
    this.#key = key;
    this.#signal = signal;
  }

  async run(): Promise<Conditions> {
    const version = versionOfTag(await this.#put({}));
    const absent = await this.#refuses(() => this.#put({ IfNoneMatch: '*' }));
    const form = await this.#formOfVersion(version);
    const completion = absent && form !== 'ignored' && (await this.#refuses(() => this.#putInParts()));
    const removal = await this.#refuses(() => this.#remove({ IfMatch: `"${wrong}"` }));
    return { absent, version: form, completion, removal };
  }

  /** The versions that were made, and on an ordinary bucket the object itself. */
  async clear(): Promise<void> {
    for (const version of this.#kept.size === 0 ? [undefined] : this.#kept) await this.#clearVersion(version);
  }

  async #clearVersion(version: string | undefined): Promise<void> {
    if (version === undefined) return await this.#remove({});
    try {
      await this.#remove({ VersionId: version });
    } catch (error) {
      // Not everybody may remove old versions, and some buckets keep them by law: then it is only out of sight.
      if (!isSyncEngineError(error, 'permission-denied')) throw error;
      await this.#remove({});
    }
  }

  async #formOfVersion(version: string): Promise<Conditions['version']> {
    for (const form of ['quoted', 'bare'] as const) {
      const written = (tag: string): string => (form === 'quoted' ? `"${tag}"` : tag);
      const isRefused = await this.#refuses(() => this.#put({ IfMatch: written(wrong) }));
      if (isRefused && !(await this.#refuses(() => this.#put({ IfMatch: written(version) })))) return form;
    }
    return 'ignored';
  }

  /** Only a precondition that failed counts: a service that knows nothing of it fails as well, in another way. */
  async #refuses(attempt: () => Promise<unknown>): Promise<boolean> {
    try {
      await attempt();
      return false;
    } catch (error) {
      if (statusOf(error) === 412) return true;
      if ([400, 404, 405, 411, 501].includes(statusOf(error))) return false;
      throw error;
    }
  }

  async #put(condition: { readonly IfNoneMatch?: string; readonly IfMatch?: string }): Promise<string | undefined> {
    const command = new PutObjectCommand({ Bucket: this.#bucket.name, Key: this.#key, Body: 'probe', ...condition });
    const answer = await this.#send((client, sending) => client.send(command, sending));
    this.#kept.add(answer.VersionId);
    return answer.ETag;
  }

  async #putInParts(): Promise<void> {
    const place = { Bucket: this.#bucket.name, Key: this.#key };
    const create = new CreateMultipartUploadCommand(place);
    const { UploadId } = await this.#send((client, sending) => client.send(create, sending));
    const upload = { ...place, UploadId };
    try {
      const part = new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'probe' });
      const { ETag } = await this.#send((client, sending) => client.send(part, sending));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, IfNoneMatch: '*' });
      const { VersionId } = await this.#send((client, sending) => client.send(complete, sending));
      this.#kept.add(VersionId);
    } catch (error) {
      const abort = new AbortMultipartUploadCommand(upload);
      await this.#send((client, sending) => client.send(abort, sending));
      throw error;
    }
  }

  async #remove(condition: { readonly IfMatch?: string; readonly VersionId?: string }): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket.name, Key: this.#key, ...condition });
    const answer = await this.#send((client, sending) => client.send(command, sending));
    if (answer.DeleteMarker === true && answer.VersionId !== undefined && condition.VersionId === undefined) {
      this.#kept.add(answer.VersionId);
    }
  }

  #send<Output>(send: (client: S3Client, sending: Sending) => Promise<Output>): Promise<Output> {
    return this.#bucket.request('', this.#signal, send);
  }
}
