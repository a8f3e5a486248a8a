import type { SyncEngineError } from '../errors.ts';
import { isWithin, joinKey } from '../paths/index.ts';
import type { StorageClient, StoredVersion } from '../storage/index.ts';
import type { KeptVersion, PastContent } from './content.ts';
import { type RunHistory, readHistories } from './history.ts';
import { type KeptEntry, keptIn } from './kept.ts';
import { keptByStore, storedIn } from './native.ts';
import { presentPath } from './past.ts';
import { walk } from './walk.ts';

/** All that a side can tell of its past. */
export interface Memory {
  /** Oldest first. */
  readonly kept: readonly KeptVersion[];
  readonly runs: readonly RunHistory[];
  /** What the store keeps by itself, with what stands there now. */
  readonly stored: readonly StoredVersion[];
  readonly failures: readonly SyncEngineError[];
}

/** @param paths what is asked of the store itself; its own folders are read as a whole */
export async function readMemory(
  client: StorageClient,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Memory> {
  const trash = await keptIn(client, 'trash', signal);
  const versions = await keptIn(client, 'versions', signal);
  const histories = await readHistories(client, signal);
  const native = await storedIn(client, paths, signal);
  const own = [...trash.entries, ...versions.entries].map((entry) => versionOfEntry(entry, histories.runs));
  const kept = [...own, ...keptByStore(native.versions)].sort((left, right) => left.gaveWayAt - right.gaveWayAt);
  const failures = [...trash.failures, ...versions.failures, ...histories.failures, ...native.failures];
  return { kept, runs: histories.runs, stored: native.versions, failures };
}

function versionOfEntry(kept: KeptEntry, runs: readonly RunHistory[]): KeptVersion {
  const { path, gaveWayAt, store, run, entry } = kept;
  const { kind, modifiedAt } = entry;
  const size = entry.kind === 'file' ? entry.size : 0;
  const place = { kind: 'entry', entry } as const;
  const present = presentPath(path, gaveWayAt, runs);
  return { path, presentPath: present, gaveWayAt, kind, size, modifiedAt, store, run, place };
}

/** What stands at some paths and below them, and wherever runs moved it since. */
export async function readStanding(
  client: StorageClient,
  paths: readonly string[],
  runs: readonly RunHistory[],
  signal: AbortSignal | undefined,
): Promise<{ readonly standing: readonly PastContent[]; readonly failures: readonly SyncEngineError[] }> {
  const standing: PastContent[] = [];
  const failures: SyncEngineError[] = [];
  const isImplied = client.capabilities.directories === 'implied';
  for (const path of outermost(placesSince(paths, runs))) {
    const entry = path === '' ? undefined : await client.stat(path, { signal });
    const walked = path === '' || entry?.kind === 'directory' ? await walk(client, path, signal) : undefined;
    failures.push(...(walked?.failures ?? []));
    for (const found of [...(entry === undefined ? [] : [entry]), ...(walked?.entries ?? [])]) {
      // Where directories are implied, they come and go with what they hold.
      if (found.kind === 'directory' && !isImplied) standing.push({ kind: 'directory', path: found.path });
      else if (found.kind === 'file' || found.kind === 'symlink') {
        standing.push({ kind: 'content', path: found.path, place: { kind: 'entry', entry: found } });
      }
    }
  }
  return { standing, failures };
}

/** What is one path on this side has one key. */
export function keysOf({ capabilities }: StorageClient): (path: string) => string {
  const { caseSensitive, unicode } = capabilities;
  if (caseSensitive && unicode === 'preserved') return (path) => path;
  return (path) => joinKey(path, caseSensitive ? 'exact' : 'ignore-case');
}

/** Paths, and those to which moves may have brought what stood there. */
function placesSince(paths: readonly string[], runs: readonly RunHistory[]): ReadonlySet<string> {
  const places = new Set(paths);
  for (const { events } of runs) {
    for (const event of events) {
      if (event.did !== 'move' && event.did !== 'copy') continue;
      for (const place of [...places]) {
        if (isWithin(event.from, place)) places.add(event.path);
        else if (isWithin(place, event.from)) places.add(event.path + place.slice(event.from.length));
      }
    }
  }
  return places;
}

function outermost(paths: ReadonlySet<string>): string[] {
  return [...paths].filter((path) => ![...paths].some((other) => other !== path && isWithin(path, other)));
}
