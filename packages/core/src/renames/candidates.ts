import type { BaseRecord } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { JoinedRow } from '../join/index.ts';
import { withoutConflictMarks } from '../paths/index.ts';
import type { HashAlgorithm, StorageCapabilities, SyncedEntry } from '../storage/index.ts';
import { hasSameContent, hasSameIdentity, isProvenById, tellingDigest } from './proof.ts';

/** Where each renamed base entry of a side now stands: from base key to present key. */
export type Locations = ReadonlyMap<string, string>;

interface Lost {
  readonly key: string;
  readonly base: BaseRecord;
}

interface Found {
  readonly key: string;
  readonly entry: SyncedEntry;
}

/** What the base knows and the side no longer has at its place. */
function lostOn(side: Side, rows: Iterable<JoinedRow>, capabilities: StorageCapabilities): Lost[] {
  const lost: Lost[] = [];
  for (const { key, base, [side]: observation } of rows) {
    if (base === undefined) continue;
    const isGone = observation.state === 'absent';
    const isOther = observation.state === 'present' && isAnother(observation.entry, base, side, capabilities);
    if (isGone || isOther) lost.push({ key, base });
  }
  return lost;
}

/** What the side has and the base does not know at that place. */
function foundOn(side: Side, rows: Iterable<JoinedRow>, capabilities: StorageCapabilities): Found[] {
  const found: Found[] = [];
  for (const { key, base, [side]: observation } of rows) {
    if (observation.state !== 'present') continue;
    const { entry } = observation;
    if (base === undefined || isAnother(entry, base, side, capabilities)) found.push({ key, entry });
  }
  return found;
}

/** Another entry took the place: its id is not the one that stood there. */
function isAnother(entry: SyncedEntry, base: BaseRecord, side: Side, capabilities: StorageCapabilities): boolean {
  const { identity } = base[side];
  return (
    capabilities.stableIdentity && identity !== undefined && entry.identity !== undefined && entry.identity !== identity
  );
}

/** A file whose digest would prove a rename. */
export interface DigestRequest {
  readonly row: JoinedRow;
  readonly algorithm: HashAlgorithm;
}

/** Files of a side whose digests it takes to tell renames from new files. */
export function digestsNeeded(
  side: Side,
  rows: readonly JoinedRow[],
  capabilities: StorageCapabilities,
): DigestRequest[] {
  const lost = lostOn(side, rows, capabilities).filter(({ base }) => base.kind === 'file' && base.size > 0);
  if (lost.length === 0) return [];
  const byIdentity = new Map(lost.map(({ base }) => [base[side].identity, base]));
  const bySize = new Map(lost.map(({ base }) => [base.size, base]));
  const requests: DigestRequest[] = [];
  for (const row of rows) {
    const observation = row[side];
    if (observation.state !== 'present' || observation.entry.kind !== 'file') continue;
    const { entry } = observation;
    const candidate = capabilities.stableIdentity
      ? unproven(entry, byIdentity.get(entry.identity), side, capabilities)
      : row.base === undefined && bySize.get(entry.size);
    const algorithm = candidate ? tellingDigest(candidate, capabilities) : undefined;
    if (algorithm !== undefined && entry.hashes?.[algorithm] === undefined) requests.push({ row, algorithm });
  }
  return requests;
}

/** The owner of an id, where the id alone does not prove that this is its entry. */
function unproven(
  entry: SyncedEntry,
  owner: BaseRecord | undefined,
  side: Side,
  capabilities: StorageCapabilities,
): BaseRecord | undefined {
  if (owner === undefined || entry.kind !== 'file' || entry.size !== owner.size) return undefined;
  if (!hasSameIdentity(entry, owner, side, capabilities)) return undefined;
  return isProvenById(entry, owner, side, capabilities) ? undefined : owner;
}

/** Renamed entries of a side, of one kind of entry. Ambiguous ones are left out: they are created and deleted. */
export function locate(
  side: Side,
  kinds: ReadonlySet<SyncedEntry['kind']>,
  rows: Iterable<JoinedRow>,
  capabilities: StorageCapabilities,
): Locations {
  const all = [...rows];
  const lost = lostOn(side, all, capabilities).filter(({ base }) => kinds.has(base.kind));
  if (lost.length === 0) return new Map();
  const found = foundOn(side, all, capabilities).filter(({ entry }) => kinds.has(entry.kind));
  return capabilities.stableIdentity ? byIdentity(side, lost, found, capabilities) : byContent(lost, found);
}

function byIdentity(
  side: Side,
  lost: readonly Lost[],
  found: readonly Found[],
  capabilities: StorageCapabilities,
): Locations {
  const owners = groupBy(lost, ({ base }) => base[side].identity);
  const places = groupBy(found, ({ entry }) => entry.identity);
  const locations = new Map<string, string>();
  for (const [identity, candidates] of places) {
    const owner = owners.get(identity);
    const [place] = candidates;
    // Hard links share an id: which of them was renamed cannot be told.
    if (identity === undefined || owner?.length !== 1 || candidates.length !== 1 || place === undefined) continue;
    const [{ key, base } = { key: '', base: undefined }] = owner;
    if (base === undefined || isConflictCopy(place.key, key)) continue;
    if (isProvenById(place.entry, base, side, capabilities)) locations.set(key, place.key);
  }
  return locations;
}

function byContent(lost: readonly Lost[], found: readonly Found[]): Locations {
  const locations = new Map<string, string>();
  const bySize = groupBy(found, ({ entry }) => (entry.kind === 'file' && entry.size > 0 ? entry.size : undefined));
  const taken = new Map<string, number>();
  for (const { key, base } of lost) {
    const matches = (bySize.get(base.size) ?? []).filter(({ entry }) => hasSameContent(entry, base));
    const [match] = matches;
    if (matches.length !== 1 || match === undefined || isConflictCopy(match.key, key)) continue;
    locations.set(key, match.key);
    taken.set(match.key, (taken.get(match.key) ?? 0) + 1);
  }
  for (const [key, place] of locations) if (taken.get(place) !== 1) locations.delete(key);
  return locations;
}

/** Nobody renamed it: a run moved it aside, and was killed before it could say so. */
function isConflictCopy(key: string, original: string): boolean {
  return key !== original && withoutConflictMarks(key) === original;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
