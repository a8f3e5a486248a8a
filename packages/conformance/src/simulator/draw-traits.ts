import type { HashAlgorithm, Side, StorageCapabilities } from '@syncengine/core';
import type { PairTraits, SideTraits } from './case.ts';
import type { Dice } from './dice.ts';

export interface DrawOptions {
  /** Sides that are not drawn, because somebody brings a client for them. */
  readonly given?: Readonly<Partial<Record<Side, SideTraits>>> | undefined;
  /** Some sides have a feed of changes. Default: false. */
  readonly feeds?: boolean | undefined;
}

const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

export function drawTraits(dice: Dice, options: DrawOptions): PairTraits {
  const source = drawSide(dice);
  const destination = drawSide(dice);
  return {
    source: options.given?.source ?? { ...source, ...drawShortcuts(dice) },
    destination: options.given?.destination ?? { ...destination, ...drawShortcuts(dice) },
    conflict: dice.chance(0.5) ? 'keep-both' : dice.pick(['newest', 'source', 'destination', 'manual']),
    strict: dice.chance(0.2),
    initial: dice.chance(0.8) ? 'merge' : dice.pick(['source', 'destination']),
    trash: dice.chance(0.85),
    symlinks: dice.chance(0.7) ? 'safe' : dice.pick(['preserve', 'skip']),
  };
}

function drawSide(dice: Dice): SideTraits {
  const kind = dice.fraction();
  if (kind < 0.3) return { chunkSize: dice.pick([5, 4096]) };
  if (kind < 0.38) return drawObjectStore(dice);
  const stableIdentity = dice.chance(0.6);
  const versions = dice.chance(0.7) ? 'revision' : 'size-and-time';
  const skew = dice.chance(0.2) ? dice.pick([3_605_000, -7_205_000]) : 0;
  const implied = dice.chance(0.1);
  return {
    caseSensitive: dice.chance(0.75),
    unicode: dice.chance(0.7) ? 'preserved' : dice.pick(['composed', 'decomposed']),
    timePrecision: dice.chance(0.6) ? 0.001 : dice.pick([1, 1000, 2000]),
    modifiedAt: dice.chance(0.7) ? 'in-place' : dice.pick(['on-write', 'never']),
    permissions: dice.chance(0.7),
    symlinks: !implied && dice.chance(0.8),
    directories: implied ? 'implied' : 'real',
    listedHashes: dice.chance(0.7) ? [] : [dice.pick(algorithms)],
    requestedHashes: dice.chance(0.7) ? algorithms : dice.chance(0.5) ? [] : [dice.pick(algorithms)],
    stableIdentity,
    versions,
    trash: dice.chance(0.7) ? 'folder' : dice.pick(['native', 'none']),
    move: dice.chance(0.8),
    copy: dice.chance(0.8),
    conditional: dice.chance(0.8) ? 'enforced' : 'advisory',
    rangedReads: dice.chance(0.8),
    resumableWrites: dice.chance(0.2),
    chunkSize: dice.pick([5, 4096]),
    skew,
  };
}

function drawShortcuts(dice: Dice): Pick<SideTraits, 'shortcuts'> {
  return dice.chance(0.2) ? { shortcuts: dice.pick([1, 3, 8]) } : {};
}

/** What the S3-compatible ones are like. */
function drawObjectStore(dice: Dice): SideTraits {
  return {
    timePrecision: dice.pick([0.001, 1, 1000]),
    modifiedAt: 'on-write',
    permissions: false,
    symlinks: false,
    directories: 'implied',
    listedHashes: dice.chance(0.5) ? ['md5'] : [],
    requestedHashes: dice.chance(0.7) ? [] : ['sha256'],
    stableIdentity: false,
    versions: 'revision',
    trash: dice.chance(0.5) ? 'native' : 'none',
    move: false,
    copy: dice.chance(0.8),
    conditional: dice.chance(0.7) ? 'enforced' : 'advisory',
    resumableWrites: dice.chance(0.3),
    listRecursive: dice.chance(0.6),
    timesListed: dice.chance(0.6),
    exactVersions: dice.chance(0.6),
    chunkSize: dice.pick([5, 4096]),
    skew: dice.chance(0.2) ? dice.pick([3_605_000, -7_205_000]) : 0,
  };
}

/**
 * What the judge has to know of a client that somebody brings. Of its clock and its versions nothing is known, so people
 * take their time there.
 */
export function traitsOf(capabilities: StorageCapabilities): SideTraits {
  const { hashes, modifiedAt, permissions, symlinks, directories, caseSensitive, unicode, stableIdentity, trash } =
    capabilities;
  return {
    listedHashes: hashes.listed,
    requestedHashes: hashes.onRequest,
    modifiedAt: modifiedAt.settable,
    timePrecision: modifiedAt.precision,
    permissions,
    symlinks,
    directories,
    caseSensitive,
    unicode,
    stableIdentity,
    trash,
    versions: 'size-and-time',
    skew: 1,
  };
}

/** True when both sides can give one hash of a file, so that equal contents are known to be equal. */
export function haveHashInCommon({ source, destination }: PairTraits): boolean {
  return algorithms.some((algorithm) => gives(source, algorithm) && gives(destination, algorithm));
}

function gives(side: SideTraits, algorithm: HashAlgorithm): boolean {
  return side.listedHashes?.includes(algorithm) === true || (side.requestedHashes ?? algorithms).includes(algorithm);
}
