import { type MoveStep, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { JoinedRow } from '../join/index.ts';
import { depthOf, isWithin } from '../paths/index.ts';
import { locate } from './candidates.ts';
import { orderMoves } from './order-moves.ts';
import type { PlacedMove } from './placed-move.ts';
import { type Doorway, type LeftCopy, movedSide, type Placement, type RenamePolicy } from './placement.ts';
import { relabelCase } from './relabel-case.ts';
import { canTakeAlong, relabelBases, relabelDirectory } from './relabel-directory.ts';
import { overlookCopies, possibleCopies, possibleDoorways, relabelFiles } from './relabel-files.ts';
import { type RowTable, tableOf, toRows } from './row-table.ts';

export interface MatchedRenames {
  /** Rows as if every rename that is carried over had been made on both sides. */
  readonly rows: JoinedRow[];
  /** What it takes to make that true, in an order in which every place is free when it is needed. */
  readonly steps: readonly MoveStep[];
  readonly notices: ReadonlyArray<{ readonly path: string; readonly message: string }>;
  /** Files that keep others from being moved: perhaps they are copies of them, which an earlier run left. */
  readonly copies: readonly LeftCopy[];
  /** Files on the way of a move that give way if their content is as the base knows it. */
  readonly doorways: readonly Doorway[];
}

/**
 * Rows 17 to 27 of the table: finds what was renamed on a side and gives it its new place on the other, so that all
 * other rows apply there. Pure. What is not proven stays a creation and a deletion.
 */
export function matchRenames(rows: readonly JoinedRow[], policy: RenamePolicy): MatchedRenames {
  const table = tableOf(rows);
  overlookCopies(table, policy);
  const moves: PlacedMove[] = [];
  const notices: Array<{ path: string; message: string }> = [];
  const carriedDirectories: Placement[] = [];
  for (const found of withoutCircles(placements(table, policy, 'directory'), policy, notices)) {
    const placement = carriedDirectories.reduce((present, earlier) => takenAlong(present, earlier, policy), found);
    if (movedSide(placement) === undefined) relabelBases(table, placement);
    if (!isCarriedOver(placement, policy) || !canTakeAlong(table, placement, policy)) continue;
    report(placement, policy, notices);
    relabelDirectory(table, placement, moves);
    carriedDirectories.push(placement);
  }
  const survivors = new Set<string>();
  const files = placements(table, policy, 'file', survivors).filter((placement) => isCarriedOver(placement, policy));
  const copies = possibleCopies(table, files);
  const doorways = possibleDoorways(table, files, policy);
  const carried = relabelFiles(table, files, survivors, policy, moves);
  for (const placement of carried) report(placement, policy, notices);
  relabelCase(table, policy, moves, notices);
  return { rows: toRows(table), steps: orderMoves(moves, policy.temporaryFolder), notices, copies, doorways };
}

/** @param survivors takes the keys whose entry one side renamed and the other deleted */
function placements(
  table: RowTable,
  policy: RenamePolicy,
  kind: 'directory' | 'file',
  survivors?: Set<string>,
): Placement[] {
  const kinds = new Set(kind === 'directory' ? (['directory'] as const) : (['file', 'symlink'] as const));
  const source = locate('source', kinds, table.values(), policy.capabilities.source);
  const destination = locate('destination', kinds, table.values(), policy.capabilities.destination);
  const taken = { source: new Set(source.values()), destination: new Set(destination.values()) };
  const found: Placement[] = [];
  for (const base of new Set([...source.keys(), ...destination.keys()])) {
    const at = {
      source: source.get(base) ?? stillThere(table, base, 'source', taken.source),
      destination: destination.get(base) ?? stillThere(table, base, 'destination', taken.destination),
    };
    at.source ??= followed(table, base, at.destination, 'source', taken.source, policy);
    at.destination ??= followed(table, base, at.source, 'destination', taken.destination, policy);
    // Row 20: what one side deleted is not brought to another name; the other side's survives as a creation.
    if (at.source === undefined || at.destination === undefined) {
      const state = table.get(base)?.[at.source === undefined ? 'source' : 'destination'].state;
      if (state === 'present' || state === 'absent') survivors?.add(base);
      continue;
    }
    found.push(aimed({ base, source: at.source, destination: at.destination }, policy));
  }
  return byDepth(found);
}

/** The leader's place holds; between equals the source's, where it renamed at all. */
function aimed(places: Omit<Placement, 'target'>, { leader }: RenamePolicy): Placement {
  const { base, source, destination } = places;
  const target = leader === undefined ? (source === base ? destination : source) : places[leader];
  return { ...places, target };
}

/** A directory comes before what lies at or below the place where it will be. */
function byDepth(placements: readonly Placement[]): Placement[] {
  return [...placements].sort(
    (left, right) => depthOf(left.target) - depthOf(right.target) || depthOf(left.base) - depthOf(right.base),
  );
}

/** Row 26: two directories moved into each other. The source's move holds, the destination's is taken back. */
function withoutCircles(
  placements: readonly Placement[],
  { leader }: RenamePolicy,
  notices: Array<{ path: string; message: string }>,
): readonly Placement[] {
  // A leader's folders cannot lie in each other, and only its places are aimed at.
  if (leader !== undefined) return placements;
  const opened = placements.map((placement) => {
    const { base, source, target } = placement;
    const isCircle = placements.some((other) => isWithin(other.source, source) && isWithin(target, other.base));
    if (source !== base || target === source || !isCircle) return placement;
    const message = `${JSON.stringify(base)} was moved into a folder that the source moved into it; it stays where the source has it`;
    notices.push({ path: base, message });
    return { ...placement, target: source };
  });
  return byDepth(opened);
}

/** Where an entry is to be found once a directory around it has moved. */
function takenAlong(placement: Placement, around: Placement, policy: RenamePolicy): Placement {
  const side = movedSide(around);
  if (side === undefined) return placement;
  const follow = (key: string, from: string): string =>
    key !== from && isWithin(key, from) ? around.target + key.slice(from.length) : key;
  const base = follow(placement.base, around.base);
  const moved = follow(placement[side], around[side]);
  if (base === placement.base && moved === placement[side]) return placement;
  return aimed({ ...placement, base, [side]: moved }, policy);
}

/** What became of another kind there is no longer what was renamed, nor is what itself came there from elsewhere. */
function stillThere(table: RowTable, key: string, side: Side, taken: ReadonlySet<string>): string | undefined {
  if (taken.has(key)) return undefined;
  const row = table.get(key);
  const observation = row?.[side];
  return observation?.state === 'present' && observation.entry.kind === row?.base?.kind ? key : undefined;
}

/**
 * What is gone from a side and stands, edited, under the very name that the other side gave it was renamed here as well:
 * by a run that was killed before it could say so. Where entries keep an id, the id tells.
 */
function followed(
  table: RowTable,
  base: string,
  key: string | undefined,
  side: Side,
  taken: ReadonlySet<string>,
  { keepsIdentity }: RenamePolicy,
): string | undefined {
  if (key === undefined || key === base || taken.has(key) || keepsIdentity[side]) return undefined;
  const row = table.get(key);
  const known = table.get(base);
  if (row === undefined || known?.base?.kind !== 'file' || known[side].state !== 'absent') return undefined;
  const observation = row[side];
  const isNew = row.base === undefined && observation.state === 'present' && observation.entry.kind === 'file';
  return isNew ? key : undefined;
}

function isCarriedOver(placement: Placement, policy: RenamePolicy): boolean {
  const side = movedSide(placement);
  if (side === undefined) return true;
  // Row 21, strict: both names stay.
  if (policy.strict && isRenamedTwice(placement)) return false;
  return policy.movable[side] && !isWithin(placement.target, placement[side]);
}

function isRenamedTwice({ base, source, destination }: Placement): boolean {
  return source !== base && destination !== base && source !== destination;
}

function report(placement: Placement, policy: RenamePolicy, notices: Array<{ path: string; message: string }>): void {
  if (!isRenamedTwice(placement)) return;
  const winner = policy.leader ?? 'source';
  const { base, target } = placement;
  const loser = placement[otherSide(winner)];
  notices.push({
    path: target,
    message: `${JSON.stringify(base)} was renamed on both sides; the name of the ${winner} wins over ${JSON.stringify(loser)}`,
  });
}
