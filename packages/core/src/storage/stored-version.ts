/** A content that a store holds or held at a path, as it keeps it by itself. */
export interface StoredVersion {
  /** The path that it had, below the client's root. */
  readonly path: string;
  /** Names it among the versions of its path; opaque. */
  readonly id: string;
  /** When it came to its path; milliseconds since the epoch. */
  readonly since: number;
  /** When it gave way; `undefined` for what stands there now. */
  readonly until: number | undefined;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch, where the store tells it. */
  readonly modifiedAt?: number | undefined;
}
