import { type ExaminedRow, entryOf } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { hashStream, ownAlgorithm } from '../hashing/index.ts';
import { type CaseFolding, joinKey } from '../paths/index.ts';
import type { KeptEntry } from '../plan/index.ts';
import type { DecidedRow } from '../reconcile/index.ts';
import type { Entry, FileEntry, HashAlgorithm, StorageClient, SyncedEntry } from '../storage/index.ts';

export interface CopyNamingOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly folding: CaseFolding;
  readonly signal: AbortSignal;
}

export interface CopyNamer extends CopyNamingOptions {
  readonly journeys: Readonly<Record<Side, Journeys>>;
}

/** What the plan moves on a side before any copy is made: a name is free or taken as it will be then. */
interface Journeys {
  /** Paths as they are now. */
  readonly left: ReadonlySet<string>;
  /** Keys. */
  readonly reached: ReadonlySet<string>;
}

export function journeysOf(decided: readonly DecidedRow[]): Readonly<Record<Side, Journeys>> {
  const of = (side: Side): Journeys => {
    const left = new Set<string>();
    const reached = new Set<string>();
    for (const { row } of decided) {
      const entry = entryOf(row[side]);
      if (entry === undefined || entry.path === row.paths[side]) continue;
      left.add(entry.path);
      reached.add(row.key);
    }
    return { left, reached };
  };
  return { source: of('source'), destination: of('destination') };
}

/** What will stand under a name: nothing, what stands there now, or something that is on its way. */
export async function standingAt(side: Side, path: string, namer: CopyNamer): Promise<Entry | undefined | 'arriving'> {
  const { left, reached } = namer.journeys[side];
  if (reached.has(joinKey(path, namer.folding))) return 'arriving';
  const standing = await namer[side].stat(path, { signal: namer.signal });
  return standing === undefined || left.has(standing.path) ? undefined : standing;
}

/** What a copy finds under its name: nothing, the very content, or something else. */
export async function fits(
  side: Side,
  path: string,
  row: ExaminedRow,
  losing: Side,
  loser: SyncedEntry,
  namer: CopyNamer,
): Promise<KeptEntry | undefined | 'taken'> {
  const standing = await standingAt(side, path, namer);
  if (standing === undefined) return undefined;
  if (standing === 'arriving') return 'taken';
  if (standing.kind === 'symlink' && loser.kind === 'symlink')
    return standing.target === loser.target ? standing : 'taken';
  if (standing.kind !== 'file' || loser.kind !== 'file' || standing.size !== loser.size) return 'taken';
  const known = { ...standing.hashes };
  const wanted = { ...loser.hashes, ...row.hashes[losing] };
  // Only a hash proves that an earlier run left this copy; a size or a time would be a guess.
  for (const algorithm of ['sha256', 'sha1', 'md5'] as const) {
    const left = known[algorithm] ?? (await digest(namer[side], path, algorithm, namer.signal));
    const right = wanted[algorithm] ?? (await digest(namer[losing], loser.path, algorithm, namer.signal));
    if (left !== undefined && right !== undefined)
      return left === right ? withHash(standing, algorithm, left) : 'taken';
  }
  const common = await commonHash(namer[side], path, namer[losing], loser.path, namer.signal);
  return common === undefined ? 'taken' : withHash(standing, ownAlgorithm, common);
}

/** What was found out once the next run need not find out again, nor take for a change. */
function withHash(entry: FileEntry, algorithm: HashAlgorithm, digest: string): FileEntry {
  return { ...entry, hashes: { ...entry.hashes, [algorithm]: digest } };
}

/** Where the sides have no hash in common the two are read: it happens only after an interrupted run. */
async function commonHash(
  client: StorageClient,
  path: string,
  otherClient: StorageClient,
  otherPath: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [left, right] = await Promise.all([
    hashStream(ownAlgorithm, client.read(path, { signal })),
    hashStream(ownAlgorithm, otherClient.read(otherPath, { signal })),
  ]);
  return left === right ? left : undefined;
}

async function digest(
  client: StorageClient,
  path: string,
  algorithm: 'sha256' | 'sha1' | 'md5',
  signal: AbortSignal,
): Promise<string | undefined> {
  if (client.hash === undefined || !client.capabilities.hashes.onRequest.includes(algorithm)) return undefined;
  return await client.hash(path, algorithm, { signal });
}
