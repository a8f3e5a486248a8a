import type { Side } from '../errors.ts';
import { orderKey } from '../paths/index.ts';
import type { Hashes, Version } from '../storage/index.ts';

/** What one side said of a path when it was last in sync. */
export interface BaseSide {
  /** The side's own spelling of the path. */
  readonly path: string;
  /** Of files and links. Never compared with the other side's. */
  readonly version?: Version | undefined;
  readonly modifiedAt?: number | undefined;
  readonly permissions?: number | undefined;
  readonly identity?: string | undefined;
  readonly createdAt?: number | undefined;
  /**
   * The entry was modified so shortly before it was observed that a later change could leave the same version. The
   * version is then not trusted; the content is compared.
   */
  readonly racy?: boolean | undefined;
}

/** What both sides agreed on when a path was last in sync. */
export interface BaseRecord {
  /** The join key: see `joinKey`. */
  readonly key: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Bytes; 0 for directories and links. */
  readonly size: number;
  readonly hashes?: Hashes | undefined;
  /** Of links. */
  readonly target?: string | undefined;
  readonly source: BaseSide;
  readonly destination: BaseSide;
}

/** A step of the base: a path is in sync as recorded, or is no longer known. */
export type BaseChange =
  | { readonly kind: 'record'; readonly record: BaseRecord }
  | { readonly kind: 'forget'; readonly key: string };

/** The key by which the base is ordered. */
export function baseOrderKey(record: BaseRecord): string {
  return orderKey(record.key, record.kind === 'directory');
}

export function otherSide(side: Side): Side {
  return side === 'source' ? 'destination' : 'source';
}
