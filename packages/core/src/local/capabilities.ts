import { lstatSync, opendirSync, type Stats } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { byteLength, type NameRules } from '../paths/index.ts';
import type { StorageCapabilities } from '../storage/index.ts';
import { errorNumber } from './errors.ts';
import { look, type Root } from './root.ts';

/** What the platform cannot tell, or tells wrongly for a disk of another make. */
export interface LocalTraits {
  /** Default: found out by looking at the root, without writing anything. */
  readonly caseSensitive?: boolean | undefined;
  /** Default: `preserved`. Old Mac disks (HFS+) are `decomposed`. */
  readonly unicode?: StorageCapabilities['unicode'] | undefined;
  /** Grain of times in milliseconds. Default: 0.001, as finely as times can be set; FAT disks have 2000. */
  readonly timePrecision?: number | undefined;
}

export function capabilitiesOf(root: Root, traits: LocalTraits): StorageCapabilities {
  const onWindows = process.platform === 'win32';
  return {
    hashes: { listed: [], onRequest: ['sha256', 'sha1', 'md5', 'crc32'] },
    modifiedAt: { settable: 'in-place', precision: traits.timePrecision ?? 0.001 },
    permissions: !onWindows,
    symlinks: true,
    directories: 'real',
    caseSensitive: traits.caseSensitive ?? isCaseSensitive(root.folder),
    unicode: traits.unicode ?? 'preserved',
    names: namesOn(process.platform, root),
    // `absent` is enforced, by a hard link; a version is compared right before the rename.
    conditionalWrites: 'advisory',
    conditionalRemoves: 'advisory',
    rangedReads: true,
    resumableWrites: true,
    stableIdentity: true,
    trash: 'folder',
    shortcuts: { together: 64 },
    concurrency: { transfers: 4, operations: 8 },
  };
}

function namesOn(platform: NodeJS.Platform, root: Root): NameRules {
  if (platform === 'win32') {
    return {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: Windows really forbids them.
      forbidden: /[<>:"\\|?*\x00-\x1f]/,
      // Devices, with any extension, and what Windows silently cuts off the end.
      reserved: /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\..*)?$|[. ]$/i,
    };
  }
  // The longest path that a call takes, without the NUL at its end; below it stand the root and a slash.
  const longestPath = platform === 'darwin' ? 1023 : 4095;
  return { maximumBytes: 255, maximumPathBytes: longestPath - byteLength(root.path) - 1 };
}

/** As many names of the root are looked at to find one with letters. */
const namesToTry = 32;

/**
 * Whether the disk tells `A` from `a`: looks for an entry of the root, or the root itself, under the name with upper and
 * lower case exchanged.
 */
function isCaseSensitive(folder: string): boolean {
  for (const place of [...someEntries(folder), folder]) {
    const name = basename(place);
    const flipped = exchangeCase(name);
    if (flipped === name) continue;
    const here = lookIfAllowed(place);
    if (here === undefined) continue;
    const there = lookIfAllowed(`${dirname(place)}${sep}${flipped}`);
    return there === undefined || there.ino !== here.ino || there.dev !== here.dev;
  }
  return process.platform !== 'win32' && process.platform !== 'darwin';
}

/** A root that cannot be looked into is told by the first call that needs it. */
function lookIfAllowed(place: string): Stats | undefined {
  try {
    return look(place);
  } catch (error) {
    if (errorNumber(error) === undefined) throw error;
    return undefined;
  }
}

function someEntries(folder: string): string[] {
  const places: string[] = [];
  try {
    if (!lstatSync(folder).isDirectory()) return places;
    const directory = opendirSync(folder);
    try {
      for (
        let entry = directory.readSync();
        entry !== null && places.length < namesToTry;
        entry = directory.readSync()
      ) {
        places.push(`${folder}${sep}${entry.name}`);
      }
    } finally {
      directory.closeSync();
    }
  } catch (error) {
    // A root that is missing or cannot be read is told by the first call that needs it.
    if (errorNumber(error) === undefined) throw error;
  }
  return places;
}

function exchangeCase(name: string): string {
  return name.replace(/[a-z]/gi, (letter) => {
    const lower = letter.toLowerCase();
    return letter === lower ? letter.toUpperCase() : lower;
  });
}
