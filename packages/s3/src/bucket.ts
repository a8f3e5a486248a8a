import type { S3Client } from '@aws-sdk/client-s3';
import { failureOf, type Place } from './failures.ts';

/** How a request is to be sent: goes as it is into the SDK's `send`. */
export interface Sending {
  readonly abortSignal?: AbortSignal;
}

/** The SDK's client and the bucket, and the one way in which requests are sent: failures come in the engine's words. */
export class Bucket {
  readonly client: S3Client;
  readonly place: Place;

  constructor(client: S3Client, place: Place) {
    this.client = client;
    this.place = place;
  }

  get name(): string {
    return this.place.bucket;
  }

  /** @param path that the request is about, for messages */
  async request<Output>(
    path: string,
    signal: AbortSignal | undefined,
    send: (client: S3Client, sending: Sending) => Promise<Output>,
  ): Promise<Output> {
    signal?.throwIfAborted();
    try {
      return await send(this.client, signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, path, this.place);
    }
  }
}
