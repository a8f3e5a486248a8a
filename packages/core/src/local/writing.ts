import { closeSync, writeSync, write as writeWithCallback } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { isSyncEngineError } from '../errors.ts';
import { PromisedHashes } from '../hashing/index.ts';
import { type Content, exactly, type FileEntry, WatchedContent, type WriteOptions, wholeOf } from '../storage/index.ts';
import type { Breath } from './breath.ts';
import { fileEntryOf } from './entry.ts';
import { localFailure } from './errors.ts';
import { type LocalFolder, placeFile, type StagedFile } from './placing.ts';
import { smallSize } from './reading.ts';
import { abandonStaged, nameOfStaged, readStaged, takeBegun } from './resuming.ts';
import { discard, openNew } from './staging.ts';

const writeFrom = promisify(writeWithCallback);

/** Stores a file; `write` of the protocol. */
export async function writeFile(
  folder: LocalFolder,
  breath: Breath,
  path: string,
  content: Content,
  options: WriteOptions,
): Promise<FileEntry> {
  const check = new PromisedHashes(options.hashes);
  const source = new WatchedContent(content);
  try {
    const isSmall = content.size <= smallSize;
    // What is quickly written is not gone on with.
    if (isSmall && options.resume?.token !== undefined) abandonStaged(folder, path, options.resume.token);
    const staged = isSmall
      ? await stageSmall(folder, breath, path, source, options, check)
      : await stageLarge(folder, path, source, options, check);
    return fileEntryOf(path, placeFile(folder, staged, path, options));
  } catch (error) {
    throw error === source.failure ? error : localFailure(error, path, 'written');
  }
}

/** Collects the content first, so that nothing is staged for content that turns out wrong. */
async function stageSmall(
  folder: LocalFolder,
  breath: Breath,
  path: string,
  content: Content,
  options: WriteOptions,
  check: PromisedHashes,
): Promise<StagedFile> {
  const bytes = await wholeOf(content, path, options.signal);
  check.update(bytes);
  check.require(path);
  await breath.before(8);
  options.signal?.throwIfAborted();
  const staged = openStaged(folder, path);
  try {
    for (let position = 0; position < bytes.byteLength; ) {
      position += writeSync(staged.descriptor, bytes, position, bytes.byteLength - position, position);
    }
    return staged;
  } catch (error) {
    discard(staged.place, staged.descriptor);
    throw error;
  }
}

async function stageLarge(
  folder: LocalFolder,
  path: string,
  content: WatchedContent,
  options: WriteOptions,
  check: PromisedHashes,
): Promise<StagedFile> {
  const { resume, signal } = options;
  const begun = resume?.token === undefined ? undefined : takeBegun(folder, path, resume.token, content.size);
  const staged = begun ?? openStaged(folder, path);
  const received = begun && { size: begun.size, open: () => readStaged(begun.descriptor, begun.size) };
  let isRemembered = false;
  const remember = async (): Promise<void> => {
    if (isRemembered) return;
    isRemembered = true;
    await resume?.remember(nameOfStaged(staged.place));
  };
  try {
    if (begun !== undefined) await remember();
    if (received !== undefined) await check.take(received.open());
    let position = begun?.size ?? 0;
    for await (const chunk of exactly(content, path, signal, received)) {
      check.update(chunk);
      for (let offset = 0; offset < chunk.byteLength; ) {
        const { bytesWritten } = await writeFrom(
          staged.descriptor,
          chunk,
          offset,
          chunk.byteLength - offset,
          position + offset,
        );
        offset += bytesWritten;
      }
      position += chunk.byteLength;
      if (position >= rememberFrom(content.size)) await remember();
    }
    check.require(path);
    signal?.throwIfAborted();
    return staged;
  } catch (error) {
    if (resume === undefined || !mayGoOn(error, content, signal)) discard(staged.place, staged.descriptor);
    else await leaveStaged(staged, remember);
    throw error;
  }
}

/** Leaves what is staged for another try, which has to find it. */
export async function leaveStaged({ place, descriptor }: StagedFile, remember: () => Promise<void>): Promise<void> {
  try {
    await remember();
    closeSync(descriptor);
  } catch (error) {
    discard(place, descriptor);
    throw error;
  }
}

/**
 * Bytes after which a write is remembered: that costs a flush, as much as writing a few more bytes. What a kill leaves of it
 * before is cleared away.
 */
export function rememberFrom(size: number): number {
  return Math.min(32 * 1024 * 1024, size / 2);
}

/** True where the content stopped coming, or was stopped: what came of it is right as far as it goes. */
function mayGoOn(error: unknown, content: WatchedContent, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted === true) return true;
  const isSpoilt = isSyncEngineError(error, 'content-mismatch') || isSyncEngineError(error, 'source-changed');
  return error === content.failure && !isSpoilt;
}

/** A new, empty staged file for something that is to go to `path`. */
export function openStaged(folder: LocalFolder, path: string): StagedFile {
  // The system takes its mask off these permissions, as for any new file.
  return folder.staging.at(dirname(folder.root.locate(path)), (place) => ({
    place,
    descriptor: openNew(place, 0o666),
  }));
}
