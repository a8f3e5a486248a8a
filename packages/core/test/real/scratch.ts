import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const inMemory = '/dev/shm';
const enough = 2 ** 30;

/**
 * Where tests put very many files: in memory where the system has a large enough place for that. Thousands of flushes take
 * minutes on a slow disk, and nothing here looks at what a power cut would leave.
 */
export const scratch: string = hasRoomInMemory() ? inMemory : tmpdir();

function hasRoomInMemory(): boolean {
  if (!existsSync(inMemory)) return false;
  const { bavail, bsize } = statfsSync(inMemory);
  return bavail * bsize >= enough;
}
