import { SyncEngineError } from '@syncengine/core';
import type { CallContext } from './caller.ts';
import type { ContentCalls } from './content-calls.ts';
import { type DriveFile, parseFile } from './drive-file.ts';
import { headerOf, isInDoubt, statusOf } from './failures.ts';

/** How far an upload is: bytes that Drive has, or the file that came of it. */
export type UploadState =
  | { readonly kind: 'receiving'; readonly received: number }
  | { readonly kind: 'finished'; readonly file: DriveFile };

/** An upload that goes on where Drive says that it stands. */
export class UploadSession {
  readonly address: string;
  readonly #contents: ContentCalls;
  readonly #size: number;

  constructor(contents: ContentCalls, address: string, size: number) {
    this.#contents = contents;
    this.address = address;
    this.#size = size;
  }

  /** How far the upload is; `undefined` when Drive knows it no more. */
  async ask(context: CallContext): Promise<UploadState | undefined> {
    try {
      return stateIn(await this.#contents.sendUpload(this.address, `bytes */${this.#size}`, undefined, context));
    } catch (error) {
      const status = statusOf(error);
      if (status === 400 || status === 404 || status === 410) return undefined;
      throw error;
    }
  }

  /**
   * Sends the bytes from `start` on, again from where Drive says as long as that is further each time.
   *
   * @throws SyncEngineError whatever keeps it from being sent
   */
  async send(start: number, bytes: Uint8Array, context: CallContext): Promise<UploadState> {
    const end = start + bytes.byteLength;
    let position = start;
    for (;;) {
      const state = await this.#sendOnce(position, bytes.subarray(position - start), context);
      if (state.kind === 'finished' || state.received >= end) return state;
      if (state.received <= position) throw standsStill(context.path);
      position = state.received;
    }
  }

  async cancel(context: CallContext): Promise<void> {
    await this.#contents.cancelUpload(this.address, context);
  }

  /** A connection that broke says nothing about what arrived: that is asked. */
  async #sendOnce(start: number, bytes: Uint8Array, context: CallContext): Promise<UploadState> {
    const range = `bytes ${start}-${start + bytes.byteLength - 1}/${this.#size}`;
    try {
      return stateIn(await this.#contents.sendUpload(this.address, range, bytes, context));
    } catch (error) {
      if (!isInDoubt(error)) throw error;
      const state = await this.ask(context);
      const isFurther = state?.kind === 'finished' || (state !== undefined && state.received > start);
      if (state === undefined || !isFurther) throw error;
      return state;
    }
  }
}

function stateIn(answer: { readonly status: number; readonly data: unknown; readonly headers: unknown }): UploadState {
  if (answer.status !== 308) return { kind: 'finished', file: parseFile(answer.data) };
  const last = /^bytes=0-(\d+)$/.exec(headerOf(answer.headers, 'range') ?? '')?.[1];
  return { kind: 'receiving', received: last === undefined ? 0 : Number(last) + 1 };
}

function standsStill(path: string): SyncEngineError {
  const message = `The upload of ${JSON.stringify(path)} to Google Drive does not get any further.`;
  return new SyncEngineError('connection', message, { path, retry: 'yes' });
}
