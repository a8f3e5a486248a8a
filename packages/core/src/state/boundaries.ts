import type { RecordPage } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { compareUtf8, WalkReader } from '../paths/index.ts';

/** Files between two boundaries: as many as one page of a listing has where a store tells all names. */
const stride = 1000;
/** More would cost more to hand around than they are worth. */
const mostBoundaries = 512;

/**
 * Every thousandth of the files, but for the last one of all: what lies between two of them, and behind the last, is one
 * page as long as nothing changes.
 */
export async function sampleAll(pages: AsyncIterable<RecordPage>, side: Side): Promise<readonly string[]> {
  const sample = new Sample();
  for await (const page of pages) {
    // Listings that make use of boundaries tell no directories; and the place of one in the order is not that of its path.
    if ('walk' in page) {
      const walk = new WalkReader(page);
      for (let place = 0; walk.next(); place += 1) {
        const { order } = walk;
        if (!order.endsWith('/')) sample.pass(() => page.record(place, order)[side].path);
      }
    } else {
      for (const record of page) if (record.kind !== 'directory') sample.pass(() => record[side].path);
    }
  }
  return thinned(sample.paths);
}

class Sample {
  readonly paths: string[] = [];
  #since = 0;
  #candidate: string | undefined;

  /** @param pathOf tells the path of the file that passes by */
  pass(pathOf: () => string): void {
    if (this.#candidate !== undefined) this.paths.push(this.#candidate);
    this.#candidate = undefined;
    this.#since += 1;
    if (this.#since < stride) return;
    this.#candidate = pathOf();
    this.#since = 0;
  }
}

/** In the side's own order, at most so many, evenly spread. */
function thinned(paths: string[]): readonly string[] {
  paths.sort(compareUtf8);
  const step = Math.ceil(paths.length / mostBoundaries);
  return step <= 1 ? paths : paths.filter((_, index) => index % step === 0);
}
