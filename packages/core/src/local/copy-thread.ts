import type * as NodeCrypto from 'node:crypto';
import type * as NodeFileSystem from 'node:fs';
import type { MessagePort } from 'node:worker_threads';

/**
 * Small files that are to be copied where nothing stands yet, without an object for each: to hand over many of those takes
 * longer than to copy what they stand for.
 */
export interface CopyBatch {
  /** How the names of staged files begin; a number makes each the only one. */
  readonly staged: string;
  /** Directories that were found to be such, and no links, each with a NUL behind it. */
  readonly folders: string;
  /** Their numbers: they must still be the same. */
  readonly folderNumbers: Float64Array;
  /**
   * Five for each file, each with a NUL behind it: its name, the new one, the version, the time in seconds or nothing, and the
   * SHA-256 of the content or nothing, where that is not known.
   */
  readonly texts: string;
  /** Three for each file: places of the two directories, and the permissions or -1. */
  readonly places: Float64Array;
}

/** What became of a batch: of each copy what the disk says of it, as `packed` has its places, and its SHA-256. */
export interface CopyOutcome {
  /** The first column is -1 for what was not copied, and of which nothing was left. */
  readonly numbers: Float64Array;
  /** Each with a NUL behind it. */
  readonly digests: string;
}

type FileSystem = Pick<
  typeof NodeFileSystem,
  | 'closeSync'
  | 'constants'
  | 'fchmodSync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'futimesSync'
  | 'linkSync'
  | 'lstatSync'
  | 'openSync'
  | 'readSync'
  | 'unlinkSync'
  | 'writeSync'
>;

/** What the thread is told once. */
export interface CopyingSetup {
  /** Bytes of the largest file that it copies. */
  readonly largest: number;
  readonly hasPermissions: boolean;
  /** Between the name of a directory and that of a file in it. */
  readonly slash: string;
}

/**
 * Copies small files by synchronous calls, in a thread: staged, looked at again after reading, and given their names in one
 * step that replaces nothing. It is carried into its thread as text, as `walkTree` is, and may use nothing but what it is
 * given.
 *
 * It knows only what goes well. What does not is taken back and told as not copied: whoever does it again, the ordinary way,
 * finds out what is wrong.
 */
export function copyPlain(
  disk: FileSystem,
  hash: typeof NodeCrypto.hash,
  versionOf: (number: number, size: number, modifiedAt: number, changedAt: number) => string,
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  { largest, hasPermissions, slash }: CopyingSetup,
): void {
  const stride = 8;
  const room = Buffer.allocUnsafeSlow(largest);
  const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = disk.constants;
  const reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
  const making = O_WRONLY | O_CREAT | O_EXCL;
  const quiet = { throwIfNoEntry: false } as const;

  interface PlainCopy {
    readonly from: string;
    readonly to: string;
    readonly version: string;
    readonly modifiedAt: string;
    readonly digest: string;
    /** -1 where none are asked for. */
    readonly permissions: number;
  }

  /** What was read, in `room`; `undefined` where another version stands there. */
  const read = ({ from, version }: PlainCopy): NodeFileSystem.Stats | undefined => {
    const descriptor = disk.openSync(from, reading);
    try {
      const stats = disk.fstatSync(descriptor);
      const isWanted = versionOf(stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs) === version;
      if (!isWanted || !stats.isFile() || stats.size > largest) return undefined;
      for (let length = 0; length < stats.size; ) {
        const count = disk.readSync(descriptor, room, length, stats.size - length, length);
        if (count === 0) return undefined;
        length += count;
      }
      return stats;
    } finally {
      disk.closeSync(descriptor);
    }
  };

  const isStill = (from: string, seen: NodeFileSystem.Stats): boolean => {
    const stats = disk.lstatSync(from, quiet);
    return (
      stats?.isFile() === true &&
      stats.ino === seen.ino &&
      stats.size === seen.size &&
      stats.mtimeMs === seen.mtimeMs &&
      stats.ctimeMs === seen.ctimeMs
    );
  };

  const tell = (numbers: Float64Array, at: number, stats: NodeFileSystem.Stats): void => {
    numbers[at] = 0;
    numbers[at + 1] = hasPermissions ? stats.mode & 0o777 : -1;
    numbers[at + 2] = stats.size;
    numbers[at + 3] = stats.mtimeMs;
    numbers[at + 4] = stats.ctimeMs;
    numbers[at + 5] = Math.max(stats.birthtimeMs, 0);
    numbers[at + 6] = stats.ino;
    numbers[at + 7] = stats.dev;
  };

  /** The entry of a staged file once it has its name. */
  const place = (copy: PlainCopy, staged: string, descriptor: number): NodeFileSystem.Stats => {
    if (copy.permissions !== -1) disk.fchmodSync(descriptor, copy.permissions & 0o777);
    if (copy.modifiedAt !== '') disk.futimesSync(descriptor, copy.modifiedAt, copy.modifiedAt);
    disk.linkSync(staged, copy.to);
    try {
      disk.unlinkSync(staged);
      const stats = disk.fstatSync(descriptor);
      // Content that its owner may not read could not be opened again to be flushed.
      if ((stats.mode & 0o400) === 0) disk.fsyncSync(descriptor);
      return stats;
    } catch (error) {
      disk.unlinkSync(copy.to);
      throw error;
    }
  };

  /** The digest of what was copied; empty where it was not. */
  const copyOne = (copy: PlainCopy, staged: string, numbers: Float64Array, at: number): string => {
    const seen = read(copy);
    if (seen === undefined) return '';
    const length = seen.size;
    const digest = hash('sha256', room.subarray(0, length), 'hex');
    if (copy.digest !== '' && copy.digest !== digest) return '';
    // The system takes its mask off these permissions, as for any new file.
    const descriptor = disk.openSync(staged, making, 0o666);
    let isPlaced = false;
    try {
      for (let position = 0; position < length; ) {
        position += disk.writeSync(descriptor, room, position, length - position, position);
      }
      if (!isStill(copy.from, seen)) return '';
      tell(numbers, at, place(copy, staged, descriptor));
      isPlaced = true;
      return digest;
    } finally {
      disk.closeSync(descriptor);
      if (!isPlaced) disk.unlinkSync(staged);
    }
  };

  port.on('message', (batch: CopyBatch) => {
    const folders = batch.folders.split('\0');
    const texts = batch.texts.split('\0');
    const count = batch.places.length / 3;
    const numbers = new Float64Array(count * stride);
    const looks: Array<boolean | undefined> = [];
    /** The directory, where it is still the same. */
    const folderAt = (place: number): string | undefined => {
      const folder = folders[place] ?? '';
      if (looks[place] === undefined) {
        const stats = disk.lstatSync(folder, quiet);
        looks[place] = stats?.isDirectory() === true && stats.ino === batch.folderNumbers[place];
      }
      return looks[place] ? folder : undefined;
    };
    let digests = '';
    for (let index = 0; index < count; index += 1) {
      const at = index * stride;
      numbers[at] = -1;
      const [name = '', newName = '', version = '', modifiedAt = '', digest = ''] = texts.slice(
        index * 5,
        index * 5 + 5,
      );
      let copied = '';
      try {
        const fromFolder = folderAt(batch.places[index * 3] ?? -1);
        const toFolder = folderAt(batch.places[index * 3 + 1] ?? -1);
        const permissions = batch.places[index * 3 + 2] ?? -1;
        if (fromFolder !== undefined && toFolder !== undefined) {
          const [from, to] = [fromFolder + slash + name, toFolder + slash + newName];
          const copy = { from, to, version, modifiedAt, digest, permissions };
          copied = copyOne(copy, `${batch.staged}${index.toString(36)}`, numbers, at);
        }
      } catch {
        // Whoever copies it again finds out what is wrong, and tells it.
        numbers[at] = -1;
      }
      digests += `${copied}\0`;
    }
    const outcome: CopyOutcome = { numbers, digests };
    port.postMessage(outcome, [numbers.buffer]);
  });
}
