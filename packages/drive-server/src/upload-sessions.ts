import { randomBytes } from 'node:crypto';
import { badRequest, DriveError } from './drive-error.ts';
import type { Metadata } from './metadata.ts';
import type { Parameters } from './parameters.ts';

/** "Upload chunks": every chunk but the last is a multiple of this. Bytes. */
const chunkUnit = 256 * 1024;

/** "Resumable session URI expires after one week". Milliseconds. */
const sessionLife = 7 * 24 * 60 * 60 * 1000;

/** One resumable upload that is under way, or done. */
export interface UploadSession {
  readonly id: string;
  readonly startedAt: number;
  readonly metadata: Metadata;
  readonly parameters: Parameters;
  /** The file that gets new content; `undefined` for a new one. */
  readonly fileId: string | undefined;
  readonly mimeType: string;
  /** Bytes, where the client said so at the start. */
  size: number | undefined;
  chunks: Buffer[];
  received: number;
  /** The answer to whoever asks again, once all is there. */
  finished: Buffer | undefined;
}

export class UploadSessions {
  readonly #sessions = new Map<string, UploadSession>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  start(session: Omit<UploadSession, 'id' | 'startedAt' | 'chunks' | 'received' | 'finished'>): UploadSession {
    const id = `A${randomBytes(48).toString('base64url')}`;
    const started = { ...session, id, startedAt: this.#now(), chunks: [], received: 0, finished: undefined };
    this.#sessions.set(id, started);
    return started;
  }

  /** @throws DriveError 404 for a session that is unknown or a week old */
  get(id: string): UploadSession {
    const session = this.#sessions.get(id);
    if (session !== undefined && this.#now() - session.startedAt < sessionLife) return session;
    throw new DriveError(404, 'notFound', 'Upload session not found; start over.');
  }

  delete(id: string): void {
    this.#sessions.delete(id);
  }

  expire(): void {
    this.#sessions.clear();
  }

  /** How many uploads are neither finished nor given up. */
  get unfinished(): number {
    return [...this.#sessions.values()].filter((session) => session.finished === undefined).length;
  }
}

/** What a `Content-Range` header says: a chunk, or a question how far the upload is. */
export type ContentRange =
  | { readonly kind: 'chunk'; readonly start: number; readonly end: number; readonly total: number | undefined }
  | { readonly kind: 'question'; readonly total: number | undefined };

/** @throws DriveError 400 for a header that is none */
export function parseContentRange(header: string): ContentRange {
  const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(header);
  if (match === null) throw badRequest('Failed to parse Content-Range header.');
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (match[1] === undefined) return { kind: 'question', total };
  const start = Number(match[1]);
  // Behind the last byte, unlike in the header.
  const end = Number(match[2]) + 1;
  if (end <= start || (total !== undefined && end > total)) throw badRequest('Invalid Content-Range header.');
  return { kind: 'chunk', start, end, total };
}

/**
 * Adds to a session what arrived of a chunk.
 *
 * @throws DriveError 400 for a chunk at another place than where the upload stands, and for one of a forbidden size
 */
export function requireFittingChunk(session: UploadSession, range: Extract<ContentRange, { kind: 'chunk' }>): void {
  if (range.start !== session.received) {
    throw badRequest(`The chunk begins at ${range.start}, but the upload stands at ${session.received}.`);
  }
  if (range.total !== undefined && session.size !== undefined && range.total !== session.size) {
    throw badRequest('The total size differs from what was said before.');
  }
  const isLast = range.total !== undefined && range.end === range.total;
  if (!isLast && (range.end - range.start) % chunkUnit !== 0) {
    throw badRequest('Chunks but the last have to be multiples of 262144 bytes.');
  }
}

/** Keeps what came of a chunk: all of it, or the whole units of one that was cut off. */
export function keepReceived(session: UploadSession, bytes: Buffer, whole: boolean): void {
  const kept = whole ? bytes : bytes.subarray(0, bytes.byteLength - (bytes.byteLength % chunkUnit));
  if (kept.byteLength === 0) return;
  session.chunks.push(Buffer.from(kept));
  session.received += kept.byteLength;
}
