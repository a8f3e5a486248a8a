import { parsed } from './parsed.ts';

/** What is remembered of an upload that was begun, to go on with it in another process. */
export interface UploadToken {
  /**
   * The address that the content is sent to. Whoever has it can send to this one upload for a week, and do nothing else:
   * neither read nor change anything that is there.
   */
  readonly session: string;
  /** The file that gets new content; `undefined` for a new one. */
  readonly fileId: string | undefined;
  readonly folderId: string;
  readonly name: string;
  /** Bytes of the whole content. */
  readonly size: number;
  /** Milliseconds since the epoch, as the upload will set it. */
  readonly modifiedAt: number | undefined;
  /** No more than this of the content was sent; bytes from its beginning. */
  readonly sent: number;
  /** The SHA-256 of those bytes, which shows that the content to go on with begins the same. */
  readonly digest: string;
  /** Folders that were made for the file. */
  readonly made: readonly string[];
}

export function writeToken(token: UploadToken): string {
  return JSON.stringify({ version: 1, ...token });
}

/**
 * `undefined` for anything that is no token of ours. An address elsewhere than where this client speaks to is none either:
 * credentials would be sent there.
 */
export function readToken(text: string | undefined, origin: string): UploadToken | undefined {
  const value = parsed(text ?? '');
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'version') !== 1) return undefined;
  const member = (name: string): unknown => Reflect.get(value, name);
  const session = member('session');
  const folderId = member('folderId');
  const name = member('name');
  const size = member('size');
  const sent = member('sent');
  const digest = member('digest');
  const made = member('made');
  if (typeof session !== 'string' || !isTrusted(session, origin)) return undefined;
  if (typeof folderId !== 'string' || typeof name !== 'string' || typeof digest !== 'string') return undefined;
  if (typeof size !== 'number' || typeof sent !== 'number' || !Array.isArray(made)) return undefined;
  return {
    session,
    fileId: textOr(member('fileId')),
    folderId,
    name,
    size,
    modifiedAt: numberOr(member('modifiedAt')),
    sent,
    digest,
    made: made.filter((id) => typeof id === 'string'),
  };
}

/** Whether credentials may be sent to an address: to where the client speaks, and to Google. */
export function isTrusted(address: string, origin: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return false;
  return url.origin === origin || (url.protocol === 'https:' && url.hostname.endsWith('.googleapis.com'));
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOr(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
