import { constants, copyFileSync, fchmodSync, fstatSync } from 'node:fs';
import type { CopyFromOptions, FileEntry } from '../storage/index.ts';
import { failure } from '../storage-failures.ts';
import { fileEntryOf, requireFile, requireVersion } from './entry.ts';
import { errorNumber } from './errors.ts';
import { type LocalFolder, placeFile } from './placing.ts';
import { look } from './root.ts';
import { discard } from './staging.ts';
import { openStaged } from './writing.ts';

/** What a system says when two places cannot share blocks. */
const cannotClone = ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY', 'EPERM'];

/** Brings files over from other local folders by sharing their blocks, as far as the disks can. */
export class Cloning {
  /** Roots from which nothing can be cloned: each is tried once. */
  readonly #refusing = new Set<string>();

  /** False where trying is not worth the while. */
  mayHelp(origin: LocalFolder): boolean {
    return !this.#refusing.has(origin.root.id);
  }

  /** @returns `undefined` where the disks cannot do it */
  clone(
    origin: LocalFolder,
    from: string,
    folder: LocalFolder,
    to: string,
    options: CopyFromOptions,
  ): FileEntry | undefined {
    const source = origin.root.follow(from);
    const standing = look(source);
    if (standing === undefined) throw failure('not-found', from);
    requireFile(from, standing);
    requireVersion(from, standing, options.version);
    const staged = openStaged(folder, to);
    try {
      const { mode } = fstatSync(staged.descriptor);
      copyFileSync(source, staged.place, constants.COPYFILE_FICLONE_FORCE);
      // The call takes the permissions over; those of a new file are wanted, as far as nothing else is.
      fchmodSync(staged.descriptor, mode & 0o777);
      requireVersion(from, look(source), options.version);
    } catch (error) {
      discard(staged.place, staged.descriptor);
      if (!cannotClone.includes(errorNumber(error) ?? '')) throw error;
      this.#refusing.add(origin.root.id);
      return undefined;
    }
    return fileEntryOf(to, placeFile(folder, staged, to, options));
  }
}
