import type { BaseRecord, BaseSide } from '../compare/index.ts';
import { toMicrosecond, versionOnDisk } from '../storage/index.ts';

/**
 * A record that says nothing but what a disk tells of a file or a directory on each of the two sides, in numbers: those stand
 * in `columns`.
 */
export interface PlainSide {
  /** -1 where the side has none. */
  readonly permissions: number;
  /** As the version has it: the record has it to the microsecond. */
  readonly modifiedAt: number;
  readonly changedAt: number;
  /** 0 where the side does not know. */
  readonly createdAt: number;
  readonly number: number;
  readonly device: number;
}

export const columns = {
  stride: 14,
  /** 0 for a file, 1 for a directory, -1 for a record that is not plain. */
  kind: 0,
  size: 1,
  source: 2,
  destination: 8,
  permissions: 0,
  modifiedAt: 1,
  changedAt: 2,
  createdAt: 3,
  number: 4,
  device: 5,
} as const;

/** Times are whole in this unit; see `putTime`. */
export const ticksPerMillisecond = 4096;

const identityPattern = /^(0|[1-9][0-9]{0,14}):(0|[1-9][0-9]{0,14})$/;

/** The numbers of a side; `undefined` where they do not say all of it. */
export function plainSideOf(record: BaseRecord, side: BaseSide): PlainSide | undefined {
  if (side.path !== record.key || side.identity === undefined) return undefined;
  const [, device, number] = identityPattern.exec(side.identity) ?? [];
  if (device === undefined || number === undefined) return undefined;
  const { permissions = -1, createdAt = 0 } = side;
  if (!Number.isSafeInteger(permissions) || permissions < -1 || side.permissions === -1 || side.createdAt === 0) {
    return undefined;
  }
  const times = timesOf(record, side, number);
  if (times === undefined || ![createdAt, times.modifiedAt, times.changedAt].every(isExactTime)) return undefined;
  return { permissions, ...times, createdAt, number: Number(number), device: Number(device) };
}

const versionPattern = /^[0-9]+-[0-9]+-(-?[0-9.]+)-(-?[0-9.]+)$/;

/** The times that a version tells, where it tells nothing else; directories have no version. */
function timesOf(
  record: BaseRecord,
  side: BaseSide,
  number: string,
): Pick<PlainSide, 'modifiedAt' | 'changedAt'> | undefined {
  const { version } = side;
  if (record.kind === 'directory') {
    return version === undefined && side.modifiedAt === undefined ? { modifiedAt: 0, changedAt: 0 } : undefined;
  }
  const [, modified, changed] = versionPattern.exec(version ?? '') ?? [];
  const [modifiedAt, changedAt] = [Number(modified), Number(changed)];
  const isAll = versionOnDisk(Number(number), record.size, modifiedAt, changedAt) === version;
  return isAll && toMicrosecond(modifiedAt) === side.modifiedAt ? { modifiedAt, changedAt } : undefined;
}

function isExactTime(time: number): boolean {
  return Number.isSafeInteger(time * ticksPerMillisecond) && !Object.is(time, -0);
}

export function baseSideOf(key: string, isDirectory: boolean, size: number, side: PlainSide): BaseSide {
  const { permissions, modifiedAt, changedAt, createdAt, number, device } = side;
  return {
    path: key,
    version: isDirectory ? undefined : versionOnDisk(number, size, modifiedAt, changedAt),
    modifiedAt: isDirectory ? undefined : toMicrosecond(modifiedAt),
    permissions: permissions === -1 ? undefined : permissions,
    identity: `${device}:${number}`,
    createdAt: createdAt === 0 ? undefined : createdAt,
  };
}
