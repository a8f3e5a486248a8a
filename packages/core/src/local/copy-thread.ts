import type * as NodeCrypto from 'node:crypto';
import type * as NodeFileSystem from 'node:fs';
import type { MessagePort } from 'node:worker_threads';

/** A directory that was found to be one, and not a link: it must still be the same. */
export interface ProvenFolder {
  readonly place: string;
  readonly number: number;
}

/** A file that is to be copied where nothing stands yet. */
export interface PlainCopy {
  readonly from: string;
  readonly to: string;
  /** Places in `CopyBatch.folders`: what the two lie in. */
  readonly fromFolder: number;
  readonly toFolder: number;
  readonly version: string;
  readonly permissions: number | undefined;
  /** Seconds, as text. */
  readonly modifiedAt: string | undefined;
  /** SHA-256 of the content, where it is known. */
  readonly digest: string | undefined;
}

export interface CopyBatch {
  /** How the names of staged files begin; a number makes each the only one. */
  readonly staged: string;
  readonly folders: readonly ProvenFolder[];
  readonly copies: readonly PlainCopy[];
}

/** What became of a batch: of each copy what the disk says of it, as `packed` has its places, and its SHA-256. */
export interface CopyOutcome {
  /** The first column is -1 for what was not copied, and of which nothing was left. */
  readonly numbers: Float64Array;
  readonly digests: readonly string[];
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
  hash: typeof NodeCrypto.createHash,
  versionOf: (number: number, size: number, modifiedAt: number, changedAt: number) => string,
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  { largest, hasPermissions }: { readonly largest: number; readonly hasPermissions: boolean },
): void {
  const stride = 8;
  const room = Buffer.allocUnsafeSlow(largest);
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = disk.constants;

  const isVersion = (stats: NodeFileSystem.Stats | undefined, version: string): boolean =>
    stats?.isFile() === true && versionOf(stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs) === version;

  /** How many bytes were read; -1 where another version stands there. */
  const read = ({ from, version }: PlainCopy): number => {
    const descriptor = disk.openSync(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = disk.fstatSync(descriptor);
      if (!isVersion(stats, version) || stats.size > largest) return -1;
      let length = 0;
      while (length < stats.size) {
        const count = disk.readSync(descriptor, room, length, stats.size - length, length);
        if (count === 0) return -1;
        length += count;
      }
      return length;
    } finally {
      disk.closeSync(descriptor);
    }
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
    if (copy.permissions !== undefined) disk.fchmodSync(descriptor, copy.permissions & 0o777);
    if (copy.modifiedAt !== undefined) disk.futimesSync(descriptor, copy.modifiedAt, copy.modifiedAt);
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

  /** The digest of what was copied. */
  const copyOne = (copy: PlainCopy, staged: string, numbers: Float64Array, at: number): string => {
    const length = read(copy);
    if (length === -1) return '';
    const bytes = room.subarray(0, length);
    const digest = hash('sha256').update(bytes).digest('hex');
    if (copy.digest !== undefined && copy.digest !== digest) return '';
    // The system takes its mask off these permissions, as for any new file.
    const descriptor = disk.openSync(staged, 'wx', 0o666);
    let isPlaced = false;
    try {
      for (let position = 0; position < length; ) {
        position += disk.writeSync(descriptor, bytes, position, length - position, position);
      }
      if (!isVersion(disk.lstatSync(copy.from, { throwIfNoEntry: false }), copy.version)) return '';
      tell(numbers, at, place(copy, staged, descriptor));
      isPlaced = true;
      return digest;
    } finally {
      disk.closeSync(descriptor);
      if (!isPlaced) disk.unlinkSync(staged);
    }
  };

  port.on('message', ({ staged, folders, copies }: CopyBatch) => {
    const numbers = new Float64Array(copies.length * stride);
    const digests: string[] = [];
    const looks: Array<boolean | undefined> = [];
    const isSame = (folder: number): boolean => {
      const { place: directory, number } = folders[folder] ?? { place: '', number: -1 };
      const stats = disk.lstatSync(directory, { throwIfNoEntry: false });
      looks[folder] ??= stats?.isDirectory() === true && stats.ino === number;
      return looks[folder];
    };
    for (const [index, copy] of copies.entries()) {
      const at = index * stride;
      numbers[at] = -1;
      let digest = '';
      try {
        const isPlain =
          (looks[copy.fromFolder] ?? isSame(copy.fromFolder)) && (looks[copy.toFolder] ?? isSame(copy.toFolder));
        if (isPlain) digest = copyOne(copy, `${staged}${index.toString(36)}`, numbers, at);
      } catch {
        // Whoever copies it again finds out what is wrong, and tells it.
        numbers[at] = -1;
      }
      digests.push(digest);
    }
    const outcome: CopyOutcome = { numbers, digests };
    port.postMessage(outcome, [numbers.buffer]);
  });
}
