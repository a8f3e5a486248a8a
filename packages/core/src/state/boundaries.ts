import { type RecordPage, recordsOf } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { compareUtf8 } from '../paths/index.ts';
import type { PairFiles } from './pair-files.ts';
import { beginningsOfBlocks } from './snapshot.ts';

/** Files between two boundaries. */
const stride = 1000;
/** The same in a large snapshot, of which only beginnings of blocks are looked at: these are of uneven length. */
const blockStride = 4096;
/** More would cost more to hand around than they are worth. */
const mostBoundaries = 512;

/** Every thousandth of the files. */
export async function sampleAll(pages: AsyncIterable<RecordPage>, side: Side): Promise<readonly string[]> {
  const paths: string[] = [];
  let since = 0;
  for await (const page of pages) {
    for (const record of recordsOf(page)) {
      since += 1;
      // The place of a directory in the order is not that of its path.
      if (since < stride || record.kind === 'directory') continue;
      paths.push(record[side].path);
      since = 0;
    }
  }
  return thinned(paths);
}

/**
 * First files of blocks of a snapshot, in the spelling of its key. Nothing is checked: a snapshot that is damaged is
 * found out by whoever reads all of it, and at worst these are poor boundaries.
 */
export async function sampleBlocks(files: PairFiles, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const paths: string[] = [];
  let since = 0;
  for await (const { count, file } of beginningsOfBlocks(files, signal)) {
    if (since >= blockStride && file !== undefined) {
      paths.push(file);
      since = 0;
    }
    since += count;
  }
  return thinned(paths);
}

/** In the side's own order, at most so many, evenly spread. */
function thinned(paths: string[]): readonly string[] {
  paths.sort(compareUtf8);
  const step = Math.ceil(paths.length / mostBoundaries);
  return step <= 1 ? paths : paths.filter((_, index) => index % step === 0);
}
