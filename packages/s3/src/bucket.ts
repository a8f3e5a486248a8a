import type { S3Client } from '@aws-sdk/client-s3';
import { whenAborted } from '@syncengine/core';
import type { DirectRequests } from './direct.ts';
import { failureOf, type Place } from './failures.ts';
import { RequestSignal, type Sending } from './sending.ts';

/** Opening a bucket says for so long that it is there; milliseconds. */
const freshFor = 60_000;

/** The SDK's client and the bucket, and the one way in which requests are sent: failures come in the engine's words. */
export class Bucket {
  readonly client: S3Client;
  readonly place: Place;
  readonly #direct: () => DirectRequests | undefined;
  #seenAt = Number.NEGATIVE_INFINITY;

  /** @param direct tells the short way for requests about single objects, where there is one */
  constructor(client: S3Client, place: Place, direct: () => DirectRequests | undefined = () => undefined) {
    this.client = client;
    this.place = place;
    this.#direct = direct;
  }

  get name(): string {
    return this.place.bucket;
  }

  get direct(): DirectRequests | undefined {
    return this.#direct();
  }

  /** To be called when the service has just answered for the bucket. */
  see(): void {
    this.#seenAt = performance.now();
  }

  /** True where the last that was heard of the bucket is that it is there, not long ago. */
  get isSeen(): boolean {
    return performance.now() - this.#seenAt < freshFor;
  }

  /**
   * The signal ends the request up to its answer; who reads the content of one looks after that.
   *
   * @param path that the request is about, for messages
   */
  async request<Output>(
    path: string,
    signal: AbortSignal | undefined,
    send: (client: S3Client, sending: Sending) => Promise<Output>,
  ): Promise<Output> {
    signal?.throwIfAborted();
    this.#seenAt = Number.NEGATIVE_INFINITY;
    const abortSignal = signal === undefined ? undefined : new RequestSignal(signal);
    const forget = signal && whenAborted(signal, () => abortSignal?.onabort?.());
    try {
      return await send(this.client, abortSignal === undefined ? {} : { abortSignal });
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, path, this.place);
    } finally {
      forget?.();
    }
  }
}
