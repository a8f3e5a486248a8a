import type { WalkedTree } from '../paths/index.ts';
import type { DirectoryEntry, FileEntry, Version } from './entry.ts';

/** Numbers that stand for one entry in `PackedEntries.numbers`, and where each has its place among them. */
export const packed = {
  stride: 8,
  /** 0 for a file, 1 for a directory; anything else is `unusual`. */
  kind: 0,
  /** -1 where the side has none. */
  permissions: 1,
  size: 2,
  /** As exactly as the disk tells it; an entry has it to the microsecond. */
  modifiedAt: 3,
  changedAt: 4,
  /** 0 where the side does not know. */
  createdAt: 5,
  /** The number of the file on its device: together they are the identity. */
  number: 6,
  device: 7,
} as const;

/** A run of entries of a tree, in canonical order of their native paths, without an object for each. */
export interface PackedEntries extends WalkedTree {
  readonly numbers: Float64Array;
  readonly directories: number;
  /** Places of entries that have to be looked at by `stat` or, where they are directories, by `list`: they are not told here. */
  readonly unusual: readonly number[];
}

/**
 * The version of a file or link on a disk: any change of content changes one of these. The change time also moves when
 * only permissions or links change; the content is then looked at once more, and nothing worse happens.
 */
export function versionOnDisk(number: number, size: number, modifiedAt: number, changedAt: number): Version {
  return `${number}-${size}-${modifiedAt}-${changedAt}`;
}

/**
 * A time to the microsecond, as finely as times of files can be set. The milliseconds are taken off first, for the whole
 * number times 1,000 would be too large to be exact.
 */
export function toMicrosecond(milliseconds: number): number {
  const whole = Math.floor(milliseconds);
  return whole + Math.round((milliseconds - whole) * 1000) / 1000;
}

/** The entry at a place of a run, which must not be `unusual`. */
export function packedEntry(
  { numbers }: Pick<PackedEntries, 'numbers'>,
  place: number,
  path: string,
): FileEntry | DirectoryEntry {
  const at = place * packed.stride;
  const number = (column: number): number => numbers[at + column] ?? 0;
  const modifiedAt = toMicrosecond(number(packed.modifiedAt));
  const createdAt = number(packed.createdAt) > 0 ? number(packed.createdAt) : undefined;
  const permissions = number(packed.permissions) === -1 ? undefined : number(packed.permissions);
  const identity = `${number(packed.device)}:${number(packed.number)}`;
  if (number(packed.kind) === 1) return { kind: 'directory', path, modifiedAt, createdAt, permissions, identity };
  const size = number(packed.size);
  const version = versionOnDisk(number(packed.number), size, number(packed.modifiedAt), number(packed.changedAt));
  return { kind: 'file', path, version, size, modifiedAt, createdAt, permissions, identity };
}
