import type { SyncEngineError } from '../errors.ts';
import { nameOf } from '../paths/index.ts';
import type { FileEntry, StorageClient, SymlinkEntry } from '../storage/index.ts';
import { trashFolder, versionsFolder } from './disposal.ts';
import type { DatedVersion } from './rule.ts';
import { parseRunName } from './run-name.ts';
import { childrenOf, walk } from './walk.ts';

/** What gave way and lies in one of a side's own folders. */
export interface KeptEntry extends DatedVersion {
  readonly store: 'trash' | 'versions';
  /** The run in which it gave way. */
  readonly run: string;
  /** See `RunFolder`. */
  readonly part: number;
  /** As it lies there: its path is that below `.syncengine/`. */
  readonly entry: FileEntry | SymlinkEntry;
}

const folders = { trash: trashFolder, versions: versionsFolder } as const;

/** All that lies in the trash or among the versions of a side, oldest first, and what could not be looked at. */
export interface KeptEntries {
  readonly entries: readonly KeptEntry[];
  readonly failures: readonly SyncEngineError[];
}

/** Only what lies in folders that carry a run's name is told; nothing else is ever touched either. */
export async function keptIn(
  client: StorageClient,
  store: 'trash' | 'versions',
  signal: AbortSignal | undefined,
): Promise<KeptEntries> {
  const entries: KeptEntry[] = [];
  const failures: SyncEngineError[] = [];
  for (const { kind, path: top } of await childrenOf(client, folders[store], failures, signal)) {
    const folder = parseRunName(nameOf(top));
    if (folder === undefined || kind !== 'directory') continue;
    const { run, part, startedAt: gaveWayAt } = folder;
    const walked = await walk(client, top, signal);
    failures.push(...walked.failures);
    for (const entry of walked.entries) {
      if (entry.kind !== 'file' && entry.kind !== 'symlink') continue;
      entries.push({ store, run, part, path: entry.path.slice(top.length + 1), gaveWayAt, entry });
    }
  }
  return { entries: entries.sort(byAge), failures };
}

function byAge(left: KeptEntry, right: KeptEntry): number {
  if (left.gaveWayAt !== right.gaveWayAt) return left.gaveWayAt - right.gaveWayAt;
  if (left.run !== right.run) return left.run < right.run ? -1 : 1;
  return left.part - right.part;
}
