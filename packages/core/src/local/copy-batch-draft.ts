import { ownAlgorithm } from '../hashing/index.ts';
import { nameOf, parentOf, requireValidPath } from '../paths/index.ts';
import type { CopyRequest } from '../storage/index.ts';
import type { CopyBatch } from './copy-thread.ts';
import { type LocalFolder, secondsOf } from './placing.ts';
import type { Root } from './root.ts';

/** A copy of the batch, and whose it is. */
interface SentCopy {
  /** As whoever added it counts. */
  readonly index: number;
  readonly to: string;
  readonly absolute: string;
}

type CopyTraits = Pick<CopyRequest, 'version' | 'modifiedAt' | 'permissions' | 'hashes'>;

/** A batch for a copying thread while it is put together. */
export class CopyBatchDraft {
  readonly sent: SentCopy[] = [];
  readonly #folder: LocalFolder;
  readonly #folders: string[] = [];
  readonly #numbers: number[] = [];
  readonly #from: PlacesOfRoot = new Map();
  readonly #to: PlacesOfRoot = new Map();
  readonly #places: number[] = [];
  #texts = '';
  #staged: string | undefined;

  constructor(folder: LocalFolder) {
    this.#folder = folder;
  }

  /**
   * Leaves out what a thread cannot reach: a link is on the way, or another disk.
   *
   * @throws SyncEngineError for what is no path inside a root, or lies where nobody may look
   */
  add(index: number, origin: LocalFolder, from: string, to: string, copy: CopyTraits): void {
    const { root, staging } = this.#folder;
    const fromFolder = this.#placeOf(this.#from, origin.root, parentOf(from));
    const toFolder = this.#placeOf(this.#to, root, parentOf(to));
    const digest = copy.hashes?.[ownAlgorithm] ?? '';
    const texts = [nameIn(origin.root, from), nameIn(root, to), copy.version, timeOf(copy), digest];
    if (fromFolder === -1 || toFolder === -1 || staging.isElsewhere(this.#folders[toFolder] ?? '')) return;
    this.#staged ??= staging.at(root.folder, (place) => place);
    this.#texts += `${texts.join('\0')}\0`;
    this.#places.push(fromFolder, toFolder, copy.permissions ?? -1);
    this.sent.push({ index, to, absolute: root.absolute(to) });
  }

  batch(): CopyBatch {
    return {
      staged: `${this.#staged ?? ''}-`,
      folders: this.#folders.map((folder) => `${folder}\0`).join(''),
      folderNumbers: Float64Array.from(this.#numbers),
      texts: this.#texts,
      places: Float64Array.from(this.#places),
    };
  }

  /** Each directory is looked at once. -1 for one to which a link leads, or none. */
  #placeOf(known: PlacesOfRoot, root: Root, directory: string): number {
    const places = known.get(root) ?? new Map<string, number>();
    if (places.size === 0) known.set(root, places);
    const found = places.get(directory);
    if (found !== undefined) return found;
    requireValidPath(directory);
    const number = root.numberOf(directory);
    const place = number === undefined ? -1 : this.#folders.push(root.absolute(directory)) - 1;
    if (number !== undefined) this.#numbers.push(number);
    places.set(directory, place);
    return place;
  }
}

type PlacesOfRoot = Map<Root, Map<string, number>>;

/** @throws SyncEngineError for a path that is none on this system */
function nameIn(root: Root, path: string): string {
  root.absolute(path);
  const name = nameOf(path);
  requireValidPath(name);
  return name;
}

function timeOf({ modifiedAt }: CopyTraits): string {
  return modifiedAt === undefined ? '' : secondsOf(modifiedAt);
}
