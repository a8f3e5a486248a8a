import { createHasher, isSyncEngineError, type ReadOptions, SyncEngineError, storageFailure } from '@syncengine/core';
import type { ContentCalls } from './content-calls.ts';
import type { DriveFile } from './drive-file.ts';
import { versionOfFile } from './entry.ts';
import type { FileCalls } from './file-calls.ts';
import type { Mirror } from './mirror.ts';
import { locate, requireFile } from './place.ts';

export interface Reader {
  readonly mirror: Mirror;
  readonly files: FileCalls;
  readonly contents: ContentCalls;
  readonly acknowledgeAbuse: boolean;
}

/** The content of a file, or a part of it; `read` of the protocol. */
export async function* readFile(reader: Reader, path: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { mirror } = reader;
  const { signal, expected, range } = options;
  await mirror.refresh(signal);
  const file = requireFile(await locate(mirror, path, signal));
  if (expected !== undefined && versionOfFile(file) !== expected) throw storageFailure('source-changed', path);
  const size = file.size ?? 0;
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? size, size);
  const isWhole = start === 0 && end === size;
  if (start < end) {
    const part = isWhole ? undefined : { start, end };
    const hasher = isWhole && file.md5 !== undefined ? createHasher('md5') : undefined;
    let received = 0;
    for await (const chunk of bytesOf(reader, file, part, path, signal)) {
      received += chunk.byteLength;
      hasher?.update(chunk);
      // What is more than was announced belongs to another content.
      if (received > end - start) throw storageFailure('source-changed', path, { retry: 'yes' });
      yield chunk;
    }
    if (received !== end - start) throw endedEarly(path, end - start, received);
    if (hasher !== undefined && hasher.digest() !== file.md5) await notAsPromised(reader, file, path);
  }
  if (expected !== undefined) await requireUnchanged(reader, file, path, signal);
}

async function* bytesOf(
  { contents, acknowledgeAbuse }: Reader,
  file: DriveFile,
  range: { readonly start: number; readonly end: number } | undefined,
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* contents.download(file.id, range, { path, signal, acknowledgeAbuse });
  } catch (error) {
    // Shorter than it was a moment ago.
    if (isSyncEngineError(error) && error.details['status'] === 416) throw storageFailure('source-changed', path);
    throw error;
  }
}

async function requireUnchanged(
  { files, mirror }: Reader,
  file: DriveFile,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const now = await files.get(file.id, { path, signal }).catch((error: unknown) => {
    if (isSyncEngineError(error, 'not-found')) throw storageFailure('source-changed', path, { cause: error });
    throw error;
  });
  mirror.put(now);
  const isSame = !now.trashed && versionOfFile(now) === versionOfFile(file) && now.name === file.name;
  if (!isSame) throw storageFailure('source-changed', path);
}

/** Either another content came, or this one was damaged on its way. */
async function notAsPromised(reader: Reader, file: DriveFile, path: string): Promise<never> {
  await requireUnchanged(reader, file, path, undefined);
  const message = `${JSON.stringify(path)} came from Google Drive with another md5 hash than Drive tells.`;
  throw new SyncEngineError('content-mismatch', message, { path, retry: 'yes' });
}

function endedEarly(path: string, expected: number, received: number): SyncEngineError {
  const message = `The download of ${JSON.stringify(path)} ended after ${received} of ${expected} bytes.`;
  return new SyncEngineError('connection', message, { path, retry: 'yes' });
}
