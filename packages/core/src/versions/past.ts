import { ancestorsOf, isWithin, parentOf } from '../paths/index.ts';
import type { KeptVersion, PastContent } from './content.ts';
import type { HistoryEvent, RunHistory } from './history.ts';
import { PastTree } from './past-tree.ts';

/** What is known of a side: what stands there now, what it keeps, and what runs did to its names. */
export interface Knowledge {
  /** What stands there now, directories before what they hold. */
  readonly standing: readonly PastContent[];
  readonly kept: readonly KeptVersion[];
  readonly runs: readonly RunHistory[];
  /** Paths with one key are one path on this side. */
  keyOf(this: void, path: string): string;
}

/**
 * The tree as it was at a moment, by taking back what was done since, the newest run first.
 *
 * Where nothing is written down of a run, what it kept tells what it replaced and deleted, but not what it created or
 * renamed: that is then told as it is now. What people did on the side themselves is not known at all.
 *
 * @param at milliseconds since the epoch; a run that began in that very second is taken back too
 */
export function treeAt(knowledge: Knowledge, at: number): ReadonlyMap<string, PastContent> {
  const { standing, kept, runs, keyOf } = knowledge;
  const tree = new PastTree(keyOf);
  for (const content of standing) tree.set(content);
  const written = new Map(runs.map((run) => [run.run, run]));
  for (const { run, versions } of newestFirst(kept, runs, at)) {
    const first = new Map<string, KeptVersion>();
    // What gave way first in a run is what stood there before it.
    for (const version of versions) if (!first.has(keyOf(version.path))) first.set(keyOf(version.path), version);
    const history = written.get(run);
    const told = new Set<string>();
    // A move makes the directories that it needs before their own turn comes.
    const filled: string[] = [];
    for (const event of happened(history, (path) => first.has(keyOf(path)), keyOf).reverse()) {
      takeBack(event, tree, first.get(keyOf(event.path)), history?.isDone ?? false);
      if (event.did === 'give-way') told.add(keyOf(event.path));
      if (event.did === 'make-directory' && tree.at(event.path) !== undefined) filled.push(event.path);
      if (event.did === 'move') for (const path of filled) tree.deleteDirectory(path);
    }
    for (const [key, version] of first) if (!told.has(key)) tree.set(contentOf(version));
  }
  return tree.contents;
}

/** Where what followed a path is now, after all moves of later runs. */
export function presentPath(path: string, gaveWayAt: number, runs: readonly RunHistory[]): string {
  let present = path;
  for (const { startedAt, events } of runs) {
    if (startedAt <= gaveWayAt) continue;
    for (const event of events) {
      if (event.did !== 'move' || !isWithin(present, event.from)) continue;
      if (present === event.from || event.isDirectory) present = event.path + present.slice(event.from.length);
    }
  }
  return present;
}

interface RunInThePast {
  readonly run: string;
  readonly versions: readonly KeptVersion[];
}

function newestFirst(kept: readonly KeptVersion[], runs: readonly RunHistory[], at: number): readonly RunInThePast[] {
  const times = new Map<string, number>();
  const versions = new Map<string, KeptVersion[]>();
  for (const { run, startedAt } of runs) times.set(run, startedAt);
  for (const version of kept) {
    if (version.run === undefined) continue;
    times.set(version.run, version.gaveWayAt);
    const ofRun = versions.get(version.run);
    if (ofRun === undefined) versions.set(version.run, [version]);
    else ofRun.push(version);
  }
  const second = Math.floor(at / 1000) * 1000;
  // In one second, one that was cut off came before the one that then went on.
  const cutOff = new Set(runs.filter(({ isDone }) => !isDone).map(({ run }) => run));
  const order = (run: string): string => `${cutOff.has(run) ? 0 : 1}${run}`;
  return [...times]
    .filter(([, time]) => time >= second)
    .sort(([leftRun, left], [rightRun, right]) => right - left || (order(leftRun) < order(rightRun) ? 1 : -1))
    .map(([run]) => ({ run, versions: versions.get(run) ?? [] }));
}

/**
 * What a run did. Of one that was cut off, some may not have happened: where nothing is kept of what was to give way, that still
 * stood there, and nothing else came to its place.
 */
function happened(
  history: RunHistory | undefined,
  isKept: (path: string) => boolean,
  keyOf: (path: string) => string,
): HistoryEvent[] {
  if (history === undefined) return [];
  if (history.isDone) return [...history.events];
  const stayed = new Set<string>();
  return history.events.filter(({ did, path }) => {
    const key = keyOf(path);
    if (did === 'give-way' && !isKept(path)) {
      stayed.add(key);
      return false;
    }
    return !stayed.has(key) && !ancestorsOf(key).some((above) => stayed.has(above));
  });
}

function takeBack(event: HistoryEvent, tree: PastTree, kept: KeptVersion | undefined, isDone: boolean): void {
  switch (event.did) {
    case 'create':
      tree.deleteContent(event.path);
      return;
    case 'make-directory':
      tree.deleteDirectory(event.path);
      return;
    case 'remove-directory':
      // Where a run was cut off before the folder around it was there, it was not there either.
      if (!isDone && parentOf(event.path) !== '' && tree.at(parentOf(event.path)) === undefined) return;
      if (tree.at(event.path) === undefined) tree.set({ kind: 'directory', path: event.path });
      return;
    case 'give-way':
      tree.set(kept === undefined ? { kind: 'lost', path: event.path } : contentOf(kept));
      return;
    case 'move':
      // Where a move is a copy and a removal, a kill between the two leaves both.
      if (!isDone && tree.holdsBoth(event.from, event.path)) tree.deleteContent(event.path);
      else tree.move(event.path, event.from, event.isDirectory);
      return;
    case 'copy': {
      const copy = tree.at(event.path);
      if (copy === undefined) return;
      tree.deleteContent(event.path);
      tree.set({ ...copy, path: event.from });
      return;
    }
  }
}

function contentOf({ path, place }: KeptVersion): PastContent {
  return { kind: 'content', path, place };
}
