import type * as NodeCrypto from 'node:crypto';
import type * as NodeFileSystem from 'node:fs';
import type { MessagePort } from 'node:worker_threads';

/** A file that is to be copied from one open descriptor to another, which whoever asks has opened and will close. */
export interface LargeCopy {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  /** Something else than 0 in its only place: it is to be given up. */
  readonly given: Int32Array;
}

/** How far a copy came, or what became of it. */
export type LargeCopyNews =
  | { readonly kind: 'progress'; readonly position: number }
  | { readonly kind: 'done'; readonly digest: string }
  /** The source was shorter, it was given up, or the disk refused: whoever does it again finds out what is wrong. */
  | { readonly kind: 'undone' };

type FileSystem = Pick<typeof NodeFileSystem, 'readSync' | 'writeSync'>;

/**
 * Copies and hashes large files by synchronous calls, in a thread, in one and the same buffer: memory that was never touched
 * before costs as much as the bytes that are read into it. It is carried into its thread as text, as `walkTree` is, and may
 * use nothing but what it is given.
 */
export function copyLarge(
  disk: FileSystem,
  makeHash: typeof NodeCrypto.createHash,
  port: Pick<MessagePort, 'on' | 'postMessage'>,
): void {
  const room = Buffer.allocUnsafeSlow(512 * 1024);
  /** Bytes between two pieces of news. */
  const stride = 8 * 1024 * 1024;

  const tell = (news: LargeCopyNews): void => port.postMessage(news);

  const copy = ({ from, to, size, given }: LargeCopy): string | undefined => {
    const hash = makeHash('sha256');
    for (let position = 0; position < size; ) {
      if (Atomics.load(given, 0) !== 0) return undefined;
      const length = disk.readSync(from, room, 0, Math.min(room.byteLength, size - position), position);
      if (length === 0) return undefined;
      hash.update(room.subarray(0, length));
      for (let written = 0; written < length; ) {
        written += disk.writeSync(to, room, written, length - written, position + written);
      }
      position += length;
      if (position % stride < length && position < size) tell({ kind: 'progress', position });
    }
    return hash.digest('hex');
  };

  port.on('message', (wanted: LargeCopy) => {
    try {
      const digest = copy(wanted);
      tell(digest === undefined ? { kind: 'undone' } : { kind: 'done', digest });
    } catch {
      // Told by whoever copies it again.
      tell({ kind: 'undone' });
    }
  });
}
