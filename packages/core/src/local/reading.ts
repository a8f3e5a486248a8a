import { closeSync, constants, fstatSync, openSync, read, readSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { collectBytes, type ReadAllOptions, type ReadOptions } from '../storage/index.ts';
import type { Breath } from './breath.ts';
import { requireFile, requireVersion } from './entry.ts';
import { localFailure } from './errors.ts';
import type { Root } from './root.ts';

/**
 * Bytes in a chunk: large enough that the cost of a call is lost in that of the bytes, small enough that several transfers
 * at once need little memory.
 */
const chunkSize: number = 1024 * 1024;

/** Content up to this many bytes moves by synchronous calls, which cost a third of the others. */
export const smallSize: number = 256 * 1024;

const readInto = promisify(read);

/** The content of a file; `read` of the protocol. A file that grows meanwhile ends where it ended when it was opened. */
export async function* readFile(
  root: Root,
  breath: Breath,
  path: string,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  await breath.before(4);
  options.signal?.throwIfAborted();
  const { descriptor, stats } = openFile(root, path);
  try {
    const { expected, range } = options;
    if (expected !== undefined) requireVersion(path, stats, expected);
    const end = Math.min(range?.end ?? stats.size, stats.size);
    for (let position = range?.start ?? 0; position < end; ) {
      options.signal?.throwIfAborted();
      const chunk = await readChunk(descriptor, position, end - position);
      if (chunk.byteLength === 0) break;
      position += chunk.byteLength;
      yield chunk;
    }
    if (expected !== undefined) requireUnchanged(root, path, expected);
  } catch (error) {
    throw localFailure(error, path, 'read', 'unreadable');
  } finally {
    closeSync(descriptor);
  }
}

/** The content of a small file; `readAll` of the protocol. */
export async function readAll(root: Root, breath: Breath, path: string, options: ReadAllOptions): Promise<Uint8Array> {
  await breath.before(8);
  options.signal?.throwIfAborted();
  const { descriptor, stats } = openFile(root, path);
  try {
    const { expected } = options;
    if (expected !== undefined) requireVersion(path, stats, expected);
    // It has grown: to read that in one step would hold everybody up.
    if (stats.size > smallSize) return await collectBytes(readFile(root, breath, path, options));
    const bytes = readSmall(descriptor, stats.size);
    if (expected !== undefined) requireUnchanged(root, path, expected);
    return bytes;
  } catch (error) {
    throw localFailure(error, path, 'read', 'unreadable');
  } finally {
    closeSync(descriptor);
  }
}

/** Up to `size` bytes; fewer where the file has become shorter. */
function readSmall(descriptor: number, size: number): Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const bytesRead = readSync(descriptor, buffer, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function openFile(root: Root, path: string): { readonly descriptor: number; readonly stats: Stats } {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const descriptor = openSync(root.follow(path), flags);
    try {
      const stats = fstatSync(descriptor);
      requireFile(path, stats);
      return { descriptor, stats };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  } catch (error) {
    throw localFailure(error, path, 'read', 'unreadable');
  }
}

async function readChunk(descriptor: number, position: number, left: number): Promise<Uint8Array> {
  // A new buffer each time: the consumer may keep the last one.
  const buffer = Buffer.allocUnsafeSlow(Math.min(left, chunkSize));
  const bytesRead =
    buffer.byteLength <= smallSize
      ? readSync(descriptor, buffer, 0, buffer.byteLength, position)
      : (await readInto(descriptor, buffer, 0, buffer.byteLength, position)).bytesRead;
  return buffer.subarray(0, bytesRead);
}

function requireUnchanged(root: Root, path: string, expected: string): void {
  requireVersion(path, root.standingBehind(path), expected);
}
