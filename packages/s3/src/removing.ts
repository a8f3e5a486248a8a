import { createHash } from 'node:crypto';
import { DeleteObjectCommand, DeleteObjectsCommand, type DeleteObjectsCommandOutput } from '@aws-sdk/client-s3';
import { isSyncEngineError } from '@syncengine/core';
import type { Bucket } from './bucket.ts';
import { failureOf, statusOf } from './failures.ts';
import type { Keys } from './keys.ts';

interface Removal {
  readonly key: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The service takes no more keys in one request. */
const mostKeys = 1_000;

/** What the body of a request for several keys cannot hold, or holds differently. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unfitForXml = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/;

/**
 * Removes objects, those that are asked for at the same time in one request. While a request is on its way, what comes
 * meanwhile waits for the next one.
 */
export class Remover {
  readonly #bucket: Bucket;
  readonly #keys: Keys;
  readonly #waiting: Removal[] = [];
  #isBusy = false;
  /** False once the service said that it does not know requests for several keys. */
  #knowsBatches = true;

  constructor(bucket: Bucket, keys: Keys) {
    this.#bucket = bucket;
    this.#keys = keys;
  }

  /** What is not there counts as removed. */
  remove(key: string): Promise<void> {
    const removed = new Promise<void>((resolve, reject) => this.#waiting.push({ key, resolve, reject }));
    if (!this.#isBusy) void this.#work();
    return removed;
  }

  /** Removes it if it is this version, where the service checks that. */
  async removeVersion(key: string, version: string, signal: AbortSignal | undefined): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket.name, Key: key, IfMatch: `"${version}"` });
    await this.#bucket.request(this.#keys.pathOf(key), signal, (client, sending) => client.send(command, sending));
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    // What is asked for in the same moment goes together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#waiting.splice(0, mostKeys); batch.length > 0; batch = this.#waiting.splice(0, mostKeys)) {
      await this.#removeAll(batch);
    }
    this.#isBusy = false;
  }

  async #removeAll(removals: readonly Removal[]): Promise<void> {
    const batch = this.#knowsBatches ? removals.filter(({ key }) => !unfitForXml.test(key)) : [];
    const single = batch.length > 1 ? removals.filter((removal) => !batch.includes(removal)) : removals;
    await Promise.all(single.map((removal) => this.#removeOne(removal)));
    if (batch.length > 1) await this.#removeBatch(batch);
  }

  async #removeBatch(batch: readonly Removal[]): Promise<void> {
    try {
      const { Errors: failed = [] } = await this.#send(batch);
      const byKey = new Map(failed.map((failure) => [failure.Key, failure]));
      for (const { key, resolve, reject } of batch) {
        const failure = byKey.get(key);
        if (failure === undefined) resolve();
        else
          reject(
            failureOf({ name: failure.Code, message: failure.Message }, this.#keys.pathOf(key), this.#bucket.place),
          );
      }
    } catch (error) {
      if (!isSyncEngineError(error, 'unsupported') && statusOf(error) !== 400) {
        for (const { reject } of batch) reject(error);
        return;
      }
      this.#knowsBatches = false;
      await this.#removeAll(batch);
    }
  }

  async #removeOne({ key, resolve, reject }: Removal): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket.name, Key: key });
    try {
      const path = this.#keys.pathOf(key);
      await this.#bucket.request(path, undefined, (client, sending) => client.send(command, sending));
      resolve();
    } catch (error) {
      reject(error);
    }
  }

  async #send(batch: readonly Removal[]): Promise<DeleteObjectsCommandOutput> {
    const Objects = batch.map(({ key }) => ({ Key: key }));
    const command = new DeleteObjectsCommand({ Bucket: this.#bucket.name, Delete: { Objects, Quiet: true } });
    command.middlewareStack.add(
      (next) => async (parameters) => {
        addMd5(parameters.request);
        return await next(parameters);
      },
      { step: 'build', priority: 'low' },
    );
    return await this.#bucket.request('', undefined, (client, sending) => client.send(command, sending));
  }
}

/** Some services want this request to carry the MD5 of its body, where the SDK sends another checksum. */
function addMd5(request: unknown): void {
  if (typeof request !== 'object' || request === null || !('headers' in request) || !('body' in request)) return;
  const { headers, body } = request;
  if (typeof headers !== 'object' || headers === null || typeof body !== 'string') return;
  Reflect.set(headers, 'content-md5', createHash('md5').update(body).digest('base64'));
}
