import { isSyncEngineError, type Resumption } from '@syncengine/core';
import { readAhead } from './reading.ts';
import type { RemoteFolder } from './remote-folder.ts';
import { look } from './root.ts';
import { openFlags, type Session, statusOf } from './ssh/index.ts';
import { isStagedName } from './staging.ts';

/** A staged file that is open for writing. */
export interface StagedFile {
  readonly handle: Buffer;
  readonly name: string;
}

/** Content that a server has already. */
type Received = { readonly size: number; open(): AsyncIterable<Uint8Array> };

/**
 * Servers that write several requests at once may leave holes before the end of a file that was cut off; so much of its end
 * is written again.
 */
const doubtful = 512 * 1024;

/** The staged file of one write: a new one, or that of an earlier write of the same content that was cut off. */
export class Resuming {
  /** What the server has of the content, when the write goes on. */
  received: Received | undefined;
  readonly #folder: RemoteFolder;
  readonly #session: Session;
  readonly #resume: Resumption | undefined;
  #staged: StagedFile | undefined;

  constructor(folder: RemoteFolder, session: Session, resume: Resumption | undefined) {
    this.#folder = folder;
    this.#session = session;
    this.#resume = resume;
  }

  /** @param size of the whole content */
  async open(size: number): Promise<StagedFile> {
    const earlier = this.#resume?.token;
    const resumed = earlier === undefined ? undefined : await this.#reopen(earlier, size);
    if (resumed !== undefined) return this.#take(resumed);
    const name = this.#folder.staging.take();
    const place = this.#folder.staging.placeOf(name);
    try {
      const flags = openFlags.read | openFlags.write | openFlags.create | openFlags.exclusive;
      const handle = await this.#folder.staging.inside(this.#session, () => this.#session.open(place, flags, 0o666));
      await this.#remember(name, handle);
      return this.#take({ handle, name });
    } catch (error) {
      this.#folder.staging.give(name);
      throw error;
    }
  }

  /** The staged file has its place. */
  done(): void {
    if (this.#staged !== undefined) this.#folder.staging.give(this.#staged.name);
  }

  /** What can go on later stays when that is wanted; else nothing stays. */
  async fail(error: unknown, isOpen: boolean): Promise<void> {
    const staged = this.#staged;
    if (staged === undefined) return;
    if (isOpen && !this.#session.isLost) await this.#session.close(staged.handle);
    if (this.#resume !== undefined && canGoOn(error)) this.#folder.staging.give(staged.name);
    else await this.#folder.staging.discard(this.#session, staged.name);
  }

  /** What nobody remembers must not stay. */
  async #remember(name: string, handle: Buffer): Promise<void> {
    try {
      await this.#resume?.remember(name);
    } catch (error) {
      if (!this.#session.isLost) await this.#session.close(handle);
      await this.#folder.staging.discard(this.#session, name);
      throw error;
    }
  }

  #take(staged: StagedFile): StagedFile {
    this.#staged = staged;
    return staged;
  }

  async #reopen(name: string, size: number): Promise<StagedFile | undefined> {
    if (!isStagedName(name)) return undefined;
    const place = this.#folder.staging.placeOf(name);
    const session = this.#session;
    try {
      const stats = await look(session, place, '');
      if (stats === undefined) return undefined;
      const trusted = session.isOpenSsh ? stats.size : Math.max(0, stats.size - doubtful);
      if (!stats.isFile() || stats.size > size || trusted === 0) {
        await this.#folder.staging.discard(session, name);
        return undefined;
      }
      const handle = await session.open(place, openFlags.read | openFlags.write);
      this.#folder.staging.retake(name);
      this.received = { size: trusted, open: () => readAhead(session, handle, 0, trusted, undefined) };
      return { handle, name };
    } catch (error) {
      if (statusOf(error) === undefined) throw error;
      // It cannot be gone on with: the write starts over.
      await this.#folder.staging.discard(session, name);
      return undefined;
    }
  }
}

/** A write that was cut off, not one whose content turned out wrong. */
function canGoOn(error: unknown): boolean {
  if (!isSyncEngineError(error)) return true;
  return !['content-mismatch', 'content-length-mismatch', 'source-changed', 'precondition-failed'].includes(error.code);
}
