import {
  createHasher,
  isSyncEngineError,
  nameOf,
  type ReadOptions,
  SyncEngineError,
  storageFailure,
} from '@syncengine/core';
import type { ContentCalls } from './content-calls.ts';
import { versionOfDocument } from './documents.ts';
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
  const place = await locate(mirror, path, signal);
  if (place.file !== undefined && mirror.documents.shownName(place.file) === nameOf(path)) {
    yield* readDocument(reader, place.file, path, options);
    return;
  }
  const file = requireFile(place);
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

async function* readDocument(
  { mirror, files }: Reader,
  file: DriveFile,
  path: string,
  { signal, expected, range }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  if (expected !== undefined && versionOfDocument(file) !== expected) throw storageFailure('source-changed', path);
  const bytes = await mirror.documents.read(file, path, signal);
  const part = bytes.slice(range?.start ?? 0, range?.end);
  if (part.byteLength > 0) yield part;
  if (expected === undefined) return;
  const now = await files.get(file.id, { path, signal });
  mirror.put(now);
  if (versionOfDocument(now) !== expected || now.trashed) throw storageFailure('source-changed', path);
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
