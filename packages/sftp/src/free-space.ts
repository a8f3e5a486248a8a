import { isMissing } from './errors.ts';
import type { Root } from './root.ts';
import type { Session, SpaceOnDisk } from './ssh/index.ts';

/** Milliseconds for which an answer counts: others fill the same disk. */
const lasts = 1_000;

/** What the server's disk has free, asked along with something else where that saves a round trip. */
export class FreeSpace {
  readonly #root: Root;
  #asked: { readonly at: number; readonly answer: Promise<SpaceOnDisk | undefined> } | undefined;

  constructor(root: Root) {
    this.#root = root;
  }

  /** Asks without waiting, for whoever wants to know soon. */
  askAlong(session: Session): void {
    if (!session.offers(extension)) return;
    // Whoever wants to know asks again then, and is told why.
    const answer = session.space(this.#root.folder).catch(() => undefined);
    this.#asked = { at: performance.now(), answer };
  }

  /** What was told is no longer so: this client changes something. */
  forget(): void {
    this.#asked = undefined;
  }

  /** @returns bytes for this user; `undefined` where the server does not tell */
  async tell(session: Session): Promise<number | undefined> {
    if (!session.offers(extension)) return undefined;
    const asked = this.#asked;
    this.#asked = undefined;
    const early = asked !== undefined && performance.now() - asked.at < lasts ? await asked.answer : undefined;
    if (early !== undefined) return early.freeBytes;
    // A root that is yet to be made will be on the disk of the folder above it.
    for (let place = this.#root.folder; ; place = place.slice(0, Math.max(1, place.lastIndexOf('/')))) {
      try {
        return (await session.space(place)).freeBytes;
      } catch (error) {
        if (!isMissing(error) || place === '/') throw error;
      }
    }
  }
}

const extension = 'statvfs@openssh.com';
