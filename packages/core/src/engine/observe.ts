import { type ExaminedRow, FileComparator, isRacy, isSettled, type MoveStep, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { type JoinCounts, type JoinedRow, join, mergeTwins, type ScannedTree } from '../join/index.ts';
import { movingFolder } from '../operations/index.ts';
import { joinKey } from '../paths/index.ts';
import type { ProgressTracker } from '../progress/index.ts';
import { digestsNeeded, type RenamePolicy } from '../renames/index.ts';
import { addDigests, DirectoryScanner, examine, ListingFindings, ScanAgain } from '../scan/index.ts';
import type { PairState } from '../state/index.ts';
import type { StorageClient, SyncedEntry } from '../storage/index.ts';
import { giveTurn } from '../turns.ts';
import { impliesDirectories } from './implied-directories.ts';
import { matchWithRoom } from './matching.ts';
import type { Roots } from './roots.ts';
import type { EngineSettings } from './settings.ts';
import type { SideFeed } from './side-feed.ts';

export interface Observation {
  /** Every path that needs a decision, in canonical order. */
  readonly rows: readonly ExaminedRow[];
  /** Renames that the other side follows. */
  readonly moves: readonly MoveStep[];
  readonly notices: ReadonlyArray<{ readonly path: string; readonly message: string }>;
  readonly counts: Readonly<JoinCounts>;
  /** Milliseconds since the epoch: nothing was looked at before. */
  readonly observedFrom: number;
}

export interface ObserveOptions {
  readonly settings: EngineSettings;
  readonly state: PairState;
  readonly roots: Roots;
  readonly feeds: Readonly<Record<Side, SideFeed | undefined>>;
  readonly force: boolean;
  readonly skip: Iterable<string>;
  readonly tracker: ProgressTracker;
  readonly signal: AbortSignal;
}

/** Scans both sides, joins them with the base and examines what differs: all that a plan is made from. */
export async function observe(options: ObserveOptions): Promise<Observation> {
  const { settings, signal, tracker } = options;
  const observedFrom = settings.clock.now();
  const { joined, counts } = await joinSides(options);
  const { source, destination } = settings;
  const comparator = comparatorOf(settings);
  const examination = { source, destination, comparator, signal, concurrency: settings.operations.limit };
  const renames = await matchWithRoom(await withDigests(mergeTwins(joined), options), {
    source,
    destination,
    policy: renamePolicy(settings),
    examine: (doubtful) => examine(doubtful, examination),
    signal,
  });
  const rows = await examine(renames.rows, {
    ...examination,
    onProgress: (done, total) => tracker.emit({ type: 'compare', done, total }),
  });
  const { steps: moves, notices } = renames;
  return { rows: withImpliedDirectories(rows, settings), moves, notices, counts, observedFrom };
}

interface Joined {
  readonly joined: JoinedRow[];
  readonly counts: JoinCounts;
}

/** What a side's listing of its whole tree shows too late is known to the next pass; there are at most a few. */
async function joinSides(options: ObserveOptions): Promise<Joined> {
  const findings = { source: new ListingFindings(), destination: new ListingFindings() };
  const held = new Set([...options.skip].map((path) => joinKey(path, options.settings.folding)));
  for (;;) {
    try {
      return await joinOnce(options, held, findings);
    } catch (error) {
      if (!(error instanceof ScanAgain)) throw error;
      findings[error.side].nextPass();
    }
  }
}

async function joinOnce(
  options: ObserveOptions,
  held: ReadonlySet<string>,
  findings: Readonly<Record<Side, ListingFindings>>,
): Promise<Joined> {
  const { settings, signal } = options;
  const { folding } = settings;
  const counts = emptyCounts();
  const joined: JoinedRow[] = [];
  const pages = join(
    {
      base: options.state.pages({ folding, signal }),
      source: treeOf('source', options, findings.source),
      destination: treeOf('destination', options, findings.destination),
      folding,
      ignore: settings.ignore,
      isSettled: (record, source, destination) =>
        !(options.force && source.kind === 'file') && isSettled(record, source, destination),
      trustsSettled: held.size === 0 && !options.force,
      isHeld: held.size === 0 ? () => false : (key) => held.has(key),
    },
    counts,
  );
  for await (const page of pages) {
    joined.push(...page);
    // What waits to be joined comes without a turn of the event loop in between.
    await giveTurn(signal);
  }
  return { joined, counts };
}

/** Tells whether the version of an entry must not be trusted by the next run. */
export function racyCheck(settings: EngineSettings, observedFrom: number): (side: Side, entry: SyncedEntry) => boolean {
  const until = settings.clock.now();
  return (side, entry) =>
    entry.kind === 'file' && isRacy(entry, { from: observedFrom, until }, settings[side].capabilities);
}

/** Digests that tell renames from new files, on sides where it takes them. */
async function withDigests(rows: JoinedRow[], { settings, signal }: ObserveOptions): Promise<JoinedRow[]> {
  let digested = rows;
  for (const side of ['source', 'destination'] as const) {
    const client = settings[side];
    const requests = digestsNeeded(side, digested, client.capabilities);
    const concurrency = settings.operations.limit;
    if (requests.length > 0) digested = await addDigests(digested, requests, { client, side, concurrency, signal });
  }
  return digested;
}

function renamePolicy({ source, destination, mode, strict, conflict }: EngineSettings): RenamePolicy {
  const movable = (side: Side): boolean => mode.effects[side].move && mode.leader !== side;
  return {
    capabilities: { source: source.capabilities, destination: destination.capabilities },
    leader: mode.leader,
    movable: { source: movable('source'), destination: movable('destination') },
    movesDirectories: { source: canMoveDirectories(source), destination: canMoveDirectories(destination) },
    keepsIdentity: { source: keepsIdentity(source), destination: keepsIdentity(destination) },
    strict,
    temporaryFolder: movingFolder,
    settlesConflicts: mode.leader !== undefined || (typeof conflict === 'string' && conflict !== 'manual'),
  };
}

function canMoveDirectories(client: StorageClient): boolean {
  return client.move !== undefined && !impliesDirectories(client);
}

/** A copy is another entry. */
function keepsIdentity(client: StorageClient): boolean {
  return client.move !== undefined && client.capabilities.stableIdentity;
}

function comparatorOf({ comparison, source, destination }: EngineSettings): FileComparator {
  return new FileComparator({
    mode: comparison,
    source: source.capabilities,
    destination: destination.capabilities,
  });
}

function treeOf(
  side: Side,
  { settings, state, roots, feeds, signal, tracker }: ObserveOptions,
  findings: ListingFindings,
): ScannedTree {
  if (!roots[side]) return emptyTree(settings);
  const { folding, ignore, symlinks, filter, clock } = settings;
  const feed = feeds[side];
  return new DirectoryScanner({
    client: settings[side],
    side,
    other: settings[otherSide(side)],
    folding,
    ignore,
    symlinks,
    filter,
    landmarks: roots.landmarks[side],
    clock,
    signal,
    findings,
    tree: feed && (() => feed.entries(signal)),
    boundaries: () => state.boundaries(side, { signal }),
    onProgress: (seen) => tracker.emit({ type: 'scan', ...seen }),
  });
}

function emptyTree(settings: EngineSettings): ScannedTree {
  return { items: noPages(), rootIgnore: settings.ignore.root() };
}

async function* noPages(): AsyncGenerator<never> {
  // A missing root holds nothing.
}

/** Where a side has no directories of its own, they follow from the files inside: made when needed, never removed. */
function withImpliedDirectories(
  rows: readonly ExaminedRow[],
  { source, destination }: EngineSettings,
): readonly ExaminedRow[] {
  const isImplied = impliesDirectories(source) || impliesDirectories(destination);
  return isImplied ? rows.map((row) => ({ ...row, passage: true })) : rows;
}

function emptyCounts(): JoinCounts {
  return {
    unchanged: 0,
    excluded: 0,
    baseFiles: 0,
    source: 0,
    destination: 0,
    sourceIncomplete: false,
    destinationIncomplete: false,
  };
}
