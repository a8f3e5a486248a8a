import { createHash } from 'node:crypto';
import {
  type Content,
  createHasher,
  exactly,
  type FileEntry,
  type HashAlgorithm,
  type Hasher,
  type Hashes,
  isSyncEngineError,
  type Resumption,
  requireHashes,
  SyncEngineError,
  storageFailure,
  type WriteOptions,
} from '@syncengine/core';
import { type Chunk, inChunks } from './chunks.ts';
import type { DriveFile } from './drive-file.ts';
import { fileEntryOf } from './entry.ts';
import { isInDoubt } from './failures.ts';
import { discard, type HeldFolder, withoutFolder } from './folders.ts';
import { mediaTypeOf } from './media-type.ts';
import type { Place } from './place.ts';
import { UploadSession } from './upload-session.ts';
import { isTrusted, readToken, type UploadToken, writeToken } from './upload-token.ts';
import { notAsSent, openPlace, promised, requireAlone, type Writer } from './writing.ts';

/** What was remembered last with a resumption: a further attempt of the same write goes on from there. */
const remembered = new WeakMap<Resumption, string>();

/** An upload that was begun, here or in an earlier process. */
interface Started {
  readonly session: UploadSession;
  /** What Drive has already; bytes. */
  readonly received: number;
  /** What an earlier process remembered; `undefined` for a new upload. */
  readonly token: UploadToken | undefined;
}

/** Stores a content in several requests; what Drive has of it survives whatever interrupts them. */
export async function writeLarge(
  writer: Writer,
  path: string,
  content: Content,
  options: WriteOptions,
): Promise<FileEntry> {
  for (;;) {
    const place = await openPlace(writer, path, options.expected, options.signal);
    const file = await new LargeWrite(writer, place, content, options).run();
    if (file !== undefined) return fileEntryOf(path, file);
  }
}

/** Gives up what a token names, with the folders that were made for it. */
export async function abandonUpload(writer: Writer, path: string, text: string, signal?: AbortSignal): Promise<void> {
  const token = readToken(text, writer.origin);
  if (token === undefined) return;
  await new UploadSession(writer.contents, token.session, token.size).cancel({ path, signal });
  await writer.folders.takeAwayEmpty(token.made);
}

class LargeWrite {
  readonly #writer: Writer;
  readonly #place: Place;
  readonly #content: Content;
  readonly #options: WriteOptions;
  #isRemembered = false;

  constructor(writer: Writer, place: Place, content: Content, options: WriteOptions) {
    this.#writer = writer;
    this.#place = place;
    this.#content = content;
    this.#options = options;
  }

  /** `undefined` when somebody else made a file there meanwhile, and all has to be looked at again. */
  async run(): Promise<DriveFile | undefined> {
    const held = await this.#writer.folders.hold(this.#place, this.#options.signal);
    try {
      const file = (await this.#goOn(held)) ?? (await this.#startOver(held));
      const isAlone = await this.#finish(file);
      await held.release('kept');
      return isAlone ? file : undefined;
    } catch (error) {
      // What Drive has of the content lies in wait for the next attempt, and needs its folder.
      await held.release(this.#isKept(error) ? 'kept' : 'failed');
      throw error;
    }
  }

  /** Goes on with what an earlier attempt began; `undefined` when that is of no use. */
  async #goOn(held: HeldFolder): Promise<DriveFile | undefined> {
    const { resume, signal } = this.#options;
    if (resume === undefined) return undefined;
    const token = readToken(remembered.get(resume) ?? resume.token, this.#writer.origin);
    if (token === undefined) return undefined;
    const context = { path: this.#place.path, signal };
    const session = new UploadSession(this.#writer.contents, token.session, token.size);
    const state = this.#isOurs(token, held) ? await session.ask(context) : undefined;
    if (state?.kind === 'receiving' && state.received <= token.sent) {
      const file = await this.#transfer({ session, received: state.received, token }, held);
      if (file !== undefined) return file;
    }
    await session.cancel(context);
    return undefined;
  }

  async #startOver(held: HeldFolder): Promise<DriveFile> {
    const { path, file, names } = this.#place;
    const { modifiedAt, signal } = this.#options;
    const { contents, origin } = this.#writer;
    const name = names.at(-1) ?? '';
    const change = file === undefined ? { name, parents: [held.id], modifiedAt } : { modifiedAt };
    const media = { mimeType: mediaTypeOf(name), size: this.#content.size };
    const target = { fileId: file?.id, change };
    const address = await contents.startUpload(target, media, { path, signal }).catch((error: unknown) => {
      throw withoutFolder(error, path);
    });
    if (!isTrusted(address, origin)) throw untrusted(path);
    const session = new UploadSession(contents, address, this.#content.size);
    const made = await this.#transfer({ session, received: 0, token: undefined }, held);
    if (made === undefined) throw notAsSent(path);
    return made;
  }

  /** Sends what is missing; `undefined` when the content does not begin like the one that was begun with. */
  async #transfer(started: Started, held: HeldFolder): Promise<DriveFile | undefined> {
    try {
      return await this.#send(started, held);
    } catch (error) {
      if (!this.#isKept(error)) await this.#giveUp(started.session);
      throw error;
    }
  }

  async #send({ session, received, token }: Started, held: HeldFolder): Promise<DriveFile | undefined> {
    const { path } = this.#place;
    const { signal, hashes = {} } = this.#options;
    const context = { path, signal };
    const beginning = createHash('sha256');
    const digests = new Digests([...promised(hashes), 'md5']);
    const stream = exactly(this.#content, path, signal);
    for await (const chunk of inChunks(stream, this.#writer.chunkSize)) {
      signal?.throwIfAborted();
      beginning.update(chunk.bytes);
      digests.update(chunk.bytes);
      const end = chunk.start + chunk.bytes.byteLength;
      const digest = beginning.copy().digest('hex');
      if (token !== undefined && end === token.sent && digest !== token.digest) return undefined;
      // What was sent ends where a piece ended then. When pieces are of another size now, nothing shows what it was.
      if (token !== undefined && chunk.start < token.sent && end > token.sent) return undefined;
      if (end <= received && !chunk.isLast) continue;
      if (chunk.isLast) await this.#beforeTheEnd(digests);
      await this.#remember(session, end, digest, token, held);
      const state = await session.send(...unsent(chunk, received), context);
      if (state.kind === 'finished') return checked(state.file, digests.get('md5'), path, this.#writer, this.#place);
    }
    const message = `Google Drive got all of ${JSON.stringify(path)}, and did not say what came of it.`;
    throw new SyncEngineError('storage-failure', message, { path, retry: 'yes' });
  }

  /** The last piece makes the file: everything has to be right before that. */
  async #beforeTheEnd(digests: Digests): Promise<void> {
    const { expected, hashes = {}, signal } = this.#options;
    const { path, file } = this.#place;
    requireHashes(path, hashes, digests.all());
    const now = await openPlace(this.#writer, path, expected, signal);
    // Without an expectation too: what the upload is for has to be what stands there.
    if (now.file?.id !== file?.id) throw storageFailure('precondition-failed', path, { retry: 'yes' });
  }

  async #finish(file: DriveFile): Promise<boolean> {
    const { mirror } = this.#writer;
    mirror.put(file);
    if (this.#place.file !== undefined) return true;
    return requireAlone(this.#writer, file, this.#place.path, this.#options.expected);
  }

  async #remember(
    session: UploadSession,
    sent: number,
    digest: string,
    earlier: UploadToken | undefined,
    held: HeldFolder,
  ): Promise<void> {
    const { resume, modifiedAt } = this.#options;
    if (resume === undefined) return;
    const made = [...new Set([...(earlier?.made ?? []), ...held.made])];
    const token = writeToken({
      session: session.address,
      fileId: this.#place.file?.id,
      folderId: held.id,
      name: this.#place.names.at(-1) ?? '',
      size: this.#content.size,
      modifiedAt,
      sent,
      digest,
      made,
    });
    await resume.remember(token);
    remembered.set(resume, token);
    this.#isRemembered = true;
  }

  #isOurs(token: UploadToken, held: HeldFolder): boolean {
    return (
      token.size === this.#content.size &&
      token.fileId === this.#place.file?.id &&
      token.folderId === held.id &&
      token.name === this.#place.names.at(-1) &&
      token.modifiedAt === this.#options.modifiedAt
    );
  }

  /** Whether what Drive has by now is kept for another attempt. */
  #isKept(error: unknown): boolean {
    if (!this.#isRemembered) return false;
    if (this.#options.signal?.aborted === true) return true;
    return isInDoubt(error) || isSyncEngineError(error, 'throttled');
  }

  /** Whoever failed is to hear of that, not of an upload that will be forgotten within a week anyway. */
  async #giveUp(session: UploadSession): Promise<void> {
    try {
      await session.cancel({ path: this.#place.path });
    } catch (error) {
      if (!isSyncEngineError(error)) throw error;
    }
  }
}

/** Several digests of one stream. */
class Digests {
  readonly #hashers: ReadonlyMap<HashAlgorithm, Hasher>;
  #digests: Hashes | undefined;

  constructor(algorithms: readonly HashAlgorithm[]) {
    this.#hashers = new Map(algorithms.map((algorithm) => [algorithm, createHasher(algorithm)]));
  }

  update(bytes: Uint8Array): void {
    for (const hasher of this.#hashers.values()) hasher.update(bytes);
  }

  /** Once, when all is there. */
  all(): Hashes {
    this.#digests ??= Object.fromEntries([...this.#hashers].map(([algorithm, hasher]) => [algorithm, hasher.digest()]));
    return this.#digests;
  }

  get(algorithm: HashAlgorithm): string | undefined {
    return this.all()[algorithm];
  }
}

/** What of a piece Drive does not have yet. */
function unsent({ start, bytes }: Chunk, received: number): [start: number, bytes: Uint8Array] {
  const skipped = Math.min(Math.max(0, received - start), bytes.byteLength);
  return [start + skipped, bytes.subarray(skipped)];
}

/** A new file that is not what was sent is taken away; of a replaced one Drive keeps what it was before. */
async function checked(
  file: DriveFile,
  md5: string | undefined,
  path: string,
  { files, mirror }: Writer,
  place: Place,
): Promise<DriveFile> {
  if (file.md5 === md5) return file;
  mirror.put(file);
  if (place.file === undefined) {
    await discard(files, file.id, path);
    mirror.drop(file.id);
  }
  throw notAsSent(path);
}

function untrusted(path: string): SyncEngineError {
  const message = `Google Drive sent the upload of ${JSON.stringify(path)} elsewhere, where no credentials are sent.`;
  return new SyncEngineError('outside-root', message, { path });
}
