import type { IncomingMessage } from 'node:http';

export interface ReceivedBody {
  readonly bytes: Buffer;
  /** False when the connection ended, or was to end, before all was there. */
  readonly whole: boolean;
}

/** Reads the body of a request, up to `most` bytes. A connection that ends early is no error: what came is told. */
export function receiveBody(request: IncomingMessage, most: number = Number.POSITIVE_INFINITY): Promise<ReceivedBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (whole: boolean): void => {
      request.removeAllListeners('data');
      resolve({ bytes: Buffer.concat(chunks, Math.min(length, most)), whole });
    };
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length >= most) finish(false);
    });
    request.once('end', () => finish(true));
    request.once('error', () => finish(false));
    request.once('close', () => finish(request.complete));
  });
}
