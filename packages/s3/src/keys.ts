import { isReserved } from '@syncengine/core';

/** The longest key that S3 holds, in UTF-8 bytes. */
const longestKey = 1_024;

/** Paths below the root and keys of the bucket. */
export class Keys {
  /** Empty, or ends with a slash. */
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  of(path: string): string {
    return this.prefix + path;
  }

  /** The keys below a directory begin with this. */
  below(directory: string): string {
    return directory === '' ? this.prefix : `${this.prefix}${directory}/`;
  }

  /** The path of a key that a listing of this prefix told. It is as it is: it may be none that a file can have. */
  pathOf(key: string): string {
    return key.slice(this.prefix.length);
  }

  /** Below the engine's own folder. */
  isOurs(key: string): boolean {
    return isReserved(this.pathOf(key));
  }

  /** The longest path below the root, in UTF-8 bytes. */
  get longestPath(): number {
    return longestKey - Buffer.byteLength(this.prefix);
  }
}

/** What may stand in the header that names the source of a copy. */
export function copySource(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
