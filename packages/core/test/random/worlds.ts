import type { MemoryStorageOptions } from '../../src/index.ts';
import { isWithin } from '../../src/paths/index.ts';
import type { Tree } from '../support/tree.ts';

/** What kind of place a side is, and what may therefore differ between two sides in sync. */
export interface World {
  readonly name: string;
  readonly options: MemoryStorageOptions;
  /** Whether people there use names that differ only in case or Unicode form. */
  readonly tellsAllNamesApart: boolean;
}

const disk: World = { name: 'a disk', options: {}, tellsAllNamesApart: true };

export const worlds: readonly World[] = [
  disk,
  disk,
  {
    name: 'a Mac disk',
    options: { caseSensitive: false, unicode: 'decomposed', timePrecision: 1 },
    tellsAllNamesApart: false,
  },
  {
    name: 'a Windows disk',
    options: { caseSensitive: false, permissions: false, symlinks: false, names: { reserved: /[. ]$/ } },
    tellsAllNamesApart: false,
  },
  {
    name: 'an FTP server',
    options: {
      timePrecision: 1000,
      versions: 'size-and-time',
      stableIdentity: false,
      symlinks: false,
      permissions: false,
      copy: false,
      requestedHashes: [],
      conditional: 'advisory',
    },
    tellsAllNamesApart: true,
  },
  {
    name: 'an object store',
    options: {
      directories: 'implied',
      permissions: false,
      stableIdentity: false,
      modifiedAt: 'never',
      listedHashes: ['md5'],
      requestedHashes: [],
      trash: 'native',
      move: false,
      pageSize: 2,
    },
    tellsAllNamesApart: true,
  },
];

/** What two sides in sync must have in common: no folders where a side has none, no links where a side cannot hold them. */
export function common(own: Tree, sides: readonly Tree[], pair: readonly World[]): Tree {
  const foldsCase = pair.some(({ options }) => options.caseSensitive === false);
  const isImplied = pair.some(({ options }) => options.directories === 'implied');
  const hasLinks = pair.every(holdsLinks);
  const links = sides.flatMap((tree) =>
    Object.entries(tree).flatMap(([path, content]) => (content.startsWith('-> ') ? [keyOf(path, foldsCase)] : [])),
  );
  const kept = Object.entries(own).flatMap(([path, content]): [string, string][] => {
    const key = keyOf(path, foldsCase);
    if (isImplied && key.endsWith('/')) return [];
    const bare = key.replace(/\/$/, '');
    // A folder that holds nothing but what one side cannot hold stays where it is.
    const concernsLinks = links.some((link) => isWithin(bare, link) || isWithin(link, bare));
    if (!hasLinks && concernsLinks) return [];
    return [[key, content]];
  });
  return Object.fromEntries(kept.sort(([left], [right]) => (left < right ? -1 : 1)));
}

export function holdsLinks({ options }: World): boolean {
  return (options.symlinks ?? true) && options.directories !== 'implied';
}

function keyOf(path: string, foldsCase: boolean): string {
  return foldsCase ? path.normalize('NFC').toLowerCase() : path.normalize('NFC');
}
