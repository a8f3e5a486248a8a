import { otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { JoinedRow } from '../join/index.ts';
import { childOf, isWithin, joinKey, nameOf, parentOf } from '../paths/index.ts';
import type { StorageCapabilities, SyncedEntry } from '../storage/index.ts';
import type { PlacedMove } from './placed-move.ts';
import { placeOf, type RenamePolicy } from './placement.ts';
import { keysWithin, type RowTable } from './row-table.ts';

/**
 * Row 27: a name that changed only in case, in a pair that ignores case. The key stays, the other side's spelling
 * follows.
 */
export function relabelCase(
  table: RowTable,
  policy: RenamePolicy,
  moves: PlacedMove[],
  notices: Array<{ path: string; message: string }>,
): void {
  for (const key of [...table.keys()]) {
    const row = table.get(key);
    if (row === undefined || row.moved !== undefined) continue;
    const side = followingSide(row, policy);
    if (side === undefined || !policy.movable[side]) continue;
    const observation = row[side];
    if (observation.state !== 'present') continue;
    if (!policy.movesDirectories[side] && !isCopied(observation.entry, policy.capabilities[side])) continue;
    const from = row.paths[side];
    const name = nameOf(row.paths[otherSide(side)]);
    if (policy.keptSpellings?.has(placeOf(side, observation.entry.path)) === true) {
      const message = `${JSON.stringify(from)} is not renamed to ${JSON.stringify(name)} on the ${side}: something that is not kept in sync has that name there`;
      notices.push({ path: from, message });
      continue;
    }
    const index = moves.length;
    const to = childOf(parentOf(from), name);
    // Files are moved after directories: into and out of one that has its new spelling by then.
    if (observation.entry.kind === 'directory') respellMoves(moves, key, side, from, to);
    moves.push({ index, side, from: { path: from, key }, to: { path: to, key }, entry: observation.entry });
    for (const inside of keysWithin(table, key)) respell(table, inside, side, from, to);
    const respelled = table.get(key);
    if (respelled !== undefined)
      table.set(key, { ...respelled, moved: { move: index, formerKey: key, inDirectory: false } });
  }
}

/** Where nothing can be moved, a copy and a deletion do: but of files, and where the copy finds a name of its own. */
function isCopied(entry: SyncedEntry, { caseSensitive }: StorageCapabilities): boolean {
  return entry.kind !== 'directory' && caseSensitive;
}

/** The side whose spelling has to follow the other's. */
function followingSide(row: JoinedRow, { leader }: RenamePolicy): Side | undefined {
  const { base, source, destination, paths } = row;
  if (base === undefined || source.state !== 'present' || destination.state !== 'present') return undefined;
  if (source.entry.kind !== destination.entry.kind) return undefined;
  if (isSameName(paths.source, paths.destination)) return undefined;
  const changed = {
    source: !isSameName(paths.source, base.source.path),
    destination: !isSameName(paths.destination, base.destination.path),
  };
  if (!changed.source && !changed.destination) return undefined;
  if (leader !== undefined) return otherSide(leader);
  return changed.source ? 'destination' : 'source';
}

/** Each side keeps its own Unicode form: only another spelling in the same form is a rename. */
function isSameName(left: string, right: string): boolean {
  return joinKey(nameOf(left), 'exact') === joinKey(nameOf(right), 'exact');
}

function respell(table: RowTable, key: string, side: Side, from: string, to: string): void {
  const row = table.get(key);
  if (row === undefined || !row.paths[side].startsWith(from)) return;
  table.set(key, { ...row, paths: { ...row.paths, [side]: to + row.paths[side].slice(from.length) } });
}

function respellMoves(moves: PlacedMove[], key: string, side: Side, from: string, to: string): void {
  const respelled = (place: PlacedMove['from']): PlacedMove['from'] => {
    const isInside = place.key !== key && isWithin(place.key, key) && place.path.startsWith(`${from}/`);
    return isInside ? { ...place, path: to + place.path.slice(from.length) } : place;
  };
  for (const [index, move] of moves.entries()) {
    if (move.side !== side || move.entry.kind === 'directory') continue;
    moves[index] = { ...move, from: respelled(move.from), to: respelled(move.to) };
  }
}
