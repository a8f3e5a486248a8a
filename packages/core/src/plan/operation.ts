import type { BaseRecord } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { FileEntry, Hashes, MetadataChange, SymlinkEntry, SyncedEntry, Version } from '../storage/index.ts';

/** Operations run phase by phase; inside a phase they may run at the same time. The order is always safe. */
export const phases = [
  'displace',
  'directories',
  'moves',
  'moved-displace',
  'moved-directories',
  'copies',
  'transfers',
  'metadata',
  'deletions',
  'replacements',
  'permissions',
] as const;

/**
 * - `displace`: what stands in the way of a directory goes aside or to the trash
 * - `directories`: parents first
 * - `moves`: one after the other, as far as one needs the place of another
 * - `moved-displace`, `moved-directories`: the first two again, inside directories that have moved
 * - `copies`: the losing content of a conflict is secured beside its path
 * - `transfers`: content into place
 * - `metadata`: without content
 * - `deletions`: files, then directories, deepest first
 * - `replacements`: files that take the path of a removed directory
 * - `permissions`: of directories that could not have been filled with them
 */
export type Phase = (typeof phases)[number];

/** What was known of the path when the plan was made: the reason behind the reason. */
export interface Evidence {
  readonly base: BaseRecord | undefined;
  readonly source: SyncedEntry | undefined;
  readonly destination: SyncedEntry | undefined;
}

interface OperationFields {
  /** Unique in its plan. */
  readonly id: number;
  readonly phase: Phase;
  /** The side that is changed. */
  readonly side: Side;
  /** On that side. */
  readonly path: string;
  /** Join key of the path. */
  readonly key: string;
  /** One clause, for people. */
  readonly reason: string;
  readonly evidence: Evidence;
  /** Operations that must have succeeded before this one may start. */
  readonly after: readonly number[];
  /**
   * True when the base may advance once this operation is done and both sides are known. Where two operations of one
   * key both settle it, the later one does.
   */
  readonly settles: boolean;
}

/** Where content is read from. */
export interface ContentOrigin {
  readonly side: Side;
  readonly path: string;
  /** What must still stand there. */
  readonly entry: FileEntry | SymlinkEntry;
  /** Digests already known of it. */
  readonly hashes: Hashes;
}

export interface MakeDirectoryOperation extends OperationFields {
  readonly kind: 'make-directory';
  readonly permissions: number | undefined;
}

/** Content comes to a path that holds nothing. */
export interface CreateOperation extends OperationFields {
  readonly kind: 'create';
  readonly from: ContentOrigin;
  /** Bytes to transfer. */
  readonly bytes: number;
}

/** Content replaces what stands at the path. */
export interface UpdateOperation extends OperationFields {
  readonly kind: 'update';
  readonly from: ContentOrigin;
  readonly bytes: number;
  readonly expected: Version;
  /** True when what is replaced goes to the trash; false when it is the same, or kept elsewhere. */
  readonly keepReplaced: boolean;
}

export interface MoveOperation extends OperationFields {
  readonly kind: 'move';
  readonly from: { readonly path: string; readonly key: string };
  readonly entry: SyncedEntry;
  readonly expected: Version | undefined;
  /** True where it needs the place of another, or takes along what others may need: it runs by itself. */
  readonly alone: boolean;
  /** False for a step aside, through a temporary name. */
  readonly completes: boolean;
  /**
   * On a side that cannot move: the version of a copy that stands at the path already, from a run that was killed before it
   * removed what it had copied. Then only that is done.
   */
  readonly copied?: Version | undefined;
  /** Under which the base knows the entry; the base moves along. */
  readonly formerKey: string | undefined;
  /** The key that the base does not know any more afterwards, unless this run brought another entry there. */
  readonly forgets: string | undefined;
  /** Digests known of the content, which stays. */
  readonly hashes: Hashes;
}

export interface DeleteOperation extends OperationFields {
  readonly kind: 'delete';
  readonly entryKind: 'file' | 'symlink' | 'directory';
  /** Of files and links. */
  readonly expected: Version | undefined;
}

export interface SetMetadataOperation extends OperationFields {
  readonly kind: 'set-metadata';
  readonly change: MetadataChange;
  readonly expected: Version | undefined;
  /** Digests known of the content, which stays. */
  readonly hashes: Hashes;
}

/** One step of a plan, with everything that must still hold for it to be carried out. */
export type Operation =
  | MakeDirectoryOperation
  | CreateOperation
  | UpdateOperation
  | MoveOperation
  | DeleteOperation
  | SetMetadataOperation;

/** Bytes that an operation transfers. */
export function bytesOf(operation: Operation): number {
  return operation.kind === 'create' || operation.kind === 'update' ? operation.bytes : 0;
}
