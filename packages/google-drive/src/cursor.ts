import { parsed } from './parsed.ts';

/** Where the feed of changes stands, and what it is the feed of. */
export interface FeedPosition {
  readonly token: string;
  readonly driveId: string | undefined;
}

/** A position in the feed of changes, and of which root it tells. */
export interface Cursor extends FeedPosition {
  readonly rootId: string;
  /** When all was listed last, not only what changed; milliseconds since the epoch. */
  readonly listedAt: number;
}

export function writeCursor({ token, driveId, rootId, listedAt }: Cursor): string {
  return JSON.stringify({ version: 1, token, driveId, rootId, listedAt });
}

/** `undefined` for anything that is no cursor of ours. */
export function readCursor(text: string): Cursor | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'version') !== 1) return undefined;
  const token: unknown = Reflect.get(value, 'token');
  const rootId: unknown = Reflect.get(value, 'rootId');
  const driveId: unknown = Reflect.get(value, 'driveId');
  const listedAt: unknown = Reflect.get(value, 'listedAt');
  if (typeof token !== 'string' || typeof rootId !== 'string' || typeof listedAt !== 'number') return undefined;
  if (driveId !== undefined && typeof driveId !== 'string') return undefined;
  return { token, rootId, driveId, listedAt };
}
