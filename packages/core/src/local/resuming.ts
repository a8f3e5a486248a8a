import { closeSync, constants, fstatSync, openSync, read, renameSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errorNumber, isMissing } from './errors.ts';
import { isStagedName, stagedName } from './owner.ts';
import type { LocalFolder, StagedFile } from './placing.ts';
import { discard } from './staging.ts';

/** A staged file that an earlier write left. */
export interface BegunFile extends StagedFile {
  /** Bytes that it holds. */
  readonly size: number;
}

const readInto = promisify(read);
const chunkSize = 1024 * 1024;

/** The token of an unfinished write is the name of its staged file. */
export function nameOfStaged(place: string): string {
  return basename(place);
}

/**
 * Takes over what an earlier write staged, under a name of this process: nobody takes it for left behind then.
 *
 * @returns `undefined` where there is nothing to go on with; a file that is of no use is removed
 */
export function takeBegun(folder: LocalFolder, path: string, token: string, size: number): BegunFile | undefined {
  if (!isStagedName(token)) return undefined;
  for (const found of folder.staging.placesOf(token, dirname(folder.root.locate(path)))) {
    const begun = openBegun(found, size);
    if (begun === undefined) continue;
    const place = join(dirname(found), stagedName());
    try {
      renameSync(found, place);
      return { ...begun, place };
    } catch (error) {
      closeSync(begun.descriptor);
      throw error;
    }
  }
  return undefined;
}

/** Removes what a token names; a token that is none names nothing. */
export function abandonStaged(folder: LocalFolder, path: string, token: string): void {
  if (isStagedName(token)) folder.staging.drop(token, dirname(folder.root.locate(path)));
}

/** What a staged file holds, from its beginning. */
export async function* readStaged(descriptor: number, size: number): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < size; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkSize, size - position));
    const { bytesRead } = await readInto(descriptor, buffer, 0, buffer.byteLength, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function openBegun(place: string, wanted: number): BegunFile | undefined {
  try {
    const descriptor = openSync(place, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (isOurs(stats) && stats.size > 0 && stats.size <= wanted) return { place, descriptor, size: stats.size };
    discard(place, descriptor);
    return undefined;
  } catch (error) {
    // A link, a folder, or a file of someone else is no file that was staged here.
    const isForeign = ['ELOOP', 'EISDIR', 'EACCES', 'EPERM', 'ENXIO'].includes(errorNumber(error) ?? '');
    if (isMissing(error) || isForeign) return undefined;
    throw error;
  }
}

/** A plain file with no other name, of this user. */
function isOurs(stats: Stats): boolean {
  return stats.isFile() && stats.nlink === 1 && (process.getuid === undefined || stats.uid === process.getuid());
}
