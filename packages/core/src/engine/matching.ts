import type { ExaminedRow } from '../compare/index.ts';
import { isAbortError, isSyncEngineError } from '../errors.ts';
import { hashStream, ownAlgorithm } from '../hashing/index.ts';
import type { JoinedRow } from '../join/index.ts';
import { childOf, nameOf, parentOf } from '../paths/index.ts';
import { type LeftCopy, type MatchedRenames, matchRenames, placeOf, type RenamePolicy } from '../renames/index.ts';
import type { FileEntry, StorageClient } from '../storage/index.ts';

export interface MatchingOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly policy: RenamePolicy;
  /** Looks at contents where nothing else tells. */
  readonly examine: (rows: readonly JoinedRow[]) => Promise<readonly ExaminedRow[]>;
  readonly signal: AbortSignal;
}

/**
 * Finds the renames that are carried over. A side that tells cases apart can hold something else under the spelling that
 * an entry is to get, which the scan leaves out: a link, or what is ignored. There the entry keeps its spelling. And where a
 * side cannot move, a run that was killed may have left a copy under the new name, with the old one still in place.
 */
export async function matchWithRoom(rows: readonly JoinedRow[], options: MatchingOptions): Promise<MatchedRenames> {
  const { signal } = options;
  // A first run knows nothing that could have been renamed.
  if (rows.every(({ base }) => base === undefined)) {
    return { rows: [...rows], steps: [], notices: [], copies: [], doorways: [] };
  }
  const { matched, policy } = await matchThroughDoorways(rows, options);
  const keptSpellings = new Set<string>();
  for (const { side, from, to, entry } of matched.steps) {
    if (from.key !== to.key || !policy.capabilities[side].caseSensitive) continue;
    // Folders around it may be on their way: the name stands beside the entry as it is now.
    const taken = await options[side].stat(childOf(parentOf(entry.path), nameOf(to.path)), { signal });
    if (taken !== undefined) keptSpellings.add(placeOf(side, entry.path));
  }
  return keptSpellings.size === 0 ? matched : matchRenames(rows, { ...policy, keptSpellings });
}

interface Matching {
  readonly matched: MatchedRenames;
  readonly policy: RenamePolicy;
}

/** A file that was only touched gives way to a folder, and what was renamed into that folder can follow. */
async function matchThroughDoorways(rows: readonly JoinedRow[], options: MatchingOptions): Promise<Matching> {
  const matching = await matchWithCopies(rows, options);
  const { doorways } = matching.matched;
  if (doorways.length === 0) return matching;
  const examined = await options.examine(doorways.map(({ row }) => row));
  const open = doorways.filter(({ side }, index) => examined[index]?.[side].kind === 'unchanged');
  if (open.length === 0) return matching;
  const unchanged = new Set(open.map(({ side, row }) => placeOf(side, row.key)));
  return await matchWithCopies(rows, { ...options, policy: { ...options.policy, unchanged } });
}

/** Only equal contents prove a copy. They are looked at after an interrupted run, and where somebody copied by hand. */
async function matchWithCopies(rows: readonly JoinedRow[], options: MatchingOptions): Promise<Matching> {
  const matched = matchRenames(rows, options.policy);
  const proven: LeftCopy[] = [];
  for (const copy of matched.copies) {
    const client = options[copy.side];
    if (client.move === undefined && (await isCopy(client, copy, options.signal))) proven.push(copy);
  }
  return proven.length === 0 ? { matched, policy: options.policy } : matchOverlooking(rows, proven, options.policy);
}

/** A copy is overlooked only where the move that left it is done to its end. */
function matchOverlooking(rows: readonly JoinedRow[], leftCopies: readonly LeftCopy[], plain: RenamePolicy): Matching {
  const policy = { ...plain, leftCopies };
  const matched = matchRenames(rows, policy);
  const finished = leftCopies.filter(({ side, from, to }) =>
    matched.steps.some(
      (step) => step.copied !== undefined && step.side === side && step.from.key === from.key && step.to.key === to.key,
    ),
  );
  return finished.length === leftCopies.length ? { matched, policy } : matchOverlooking(rows, finished, plain);
}

async function isCopy(client: StorageClient, copy: LeftCopy, signal: AbortSignal): Promise<boolean> {
  const [from, to] = [copy.from.entry, copy.to.entry];
  if (from.kind === 'symlink' || to.kind === 'symlink') {
    return from.kind === 'symlink' && to.kind === 'symlink' && from.target === to.target;
  }
  if (from.size !== to.size) return false;
  const listed = client.capabilities.hashes.listed.find(
    (name) => from.hashes?.[name] !== undefined && to.hashes?.[name] !== undefined,
  );
  if (listed !== undefined) return from.hashes?.[listed] === to.hashes?.[listed];
  try {
    return (await digestOf(client, from, signal)) === (await digestOf(client, to, signal));
  } catch (error) {
    // Without proof it stays a file of its own; what is wrong with it shows when it is read.
    if (isAbortError(error) || !isSyncEngineError(error)) throw error;
    return false;
  }
}

async function digestOf(client: StorageClient, { path, version }: FileEntry, signal: AbortSignal): Promise<string> {
  const [algorithm] = client.capabilities.hashes.onRequest;
  if (client.hash !== undefined && algorithm !== undefined) {
    return await client.hash(path, algorithm, { expected: version, signal });
  }
  return await hashStream(ownAlgorithm, client.read(path, { expected: version, signal }));
}
