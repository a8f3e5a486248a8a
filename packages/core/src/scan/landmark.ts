import type { DirectoryEntry } from '../storage/index.ts';

/** A folder that a scan may come across and must not go into. */
export interface Landmark {
  /**
   * - `other-root`: the root of the other side; the roots are nested, however that came about.
   * - `state`: where SyncEngine keeps its memory; it changes with each run.
   */
  readonly what: 'other-root' | 'state';
  /** The client of that folder, for messages. */
  readonly id: string;
  readonly entry: DirectoryEntry;
}

/** Whether two entries are one directory. An identity alone proves little; the time of birth goes with it. */
export function isAt(left: DirectoryEntry, right: DirectoryEntry): boolean {
  return left.identity !== undefined && left.identity === right.identity && left.createdAt === right.createdAt;
}
