import { asSyncEngineError, isAbortError, SyncEngineError } from '../errors.ts';
import type { StorageClient, StoredVersion } from '../storage/index.ts';
import type { KeptVersion, PastContent } from './content.ts';

/** What a store keeps by itself below some paths, and what could not be asked for. */
export interface StoredVersions {
  readonly versions: readonly StoredVersion[];
  readonly failures: readonly SyncEngineError[];
}

export async function storedIn(
  client: StorageClient,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<StoredVersions> {
  const versions = new Map<string, StoredVersion>();
  const failures: SyncEngineError[] = client.versions === undefined ? cannotAsk(client) : [];
  for (const path of client.versions === undefined ? [] : paths) {
    try {
      for await (const page of client.versions?.(path, { signal }) ?? []) {
        for (const version of page) versions.set(JSON.stringify([version.path, version.id]), version);
      }
    } catch (error) {
      if (isAbortError(error)) throw error;
      failures.push(asSyncEngineError(error, path));
    }
  }
  return { versions: [...versions.values()], failures };
}

/** A store that keeps things by itself without telling of them: that nothing is found does not mean that nothing is kept. */
function cannotAsk({ id, capabilities }: StorageClient): SyncEngineError[] {
  if (capabilities.trash !== 'native') return [];
  const message = `${id} keeps what is replaced and deleted in a trash of its own, which cannot be looked into from here; use the storage's own pages.`;
  return [new SyncEngineError('unsupported', message, { path: '' })];
}

/** Those that gave way. */
export function keptByStore(stored: readonly StoredVersion[]): KeptVersion[] {
  const kept: KeptVersion[] = [];
  for (const version of stored) {
    const { path, until: gaveWayAt, size, modifiedAt } = version;
    if (gaveWayAt === undefined) continue;
    const place = { kind: 'stored', version } as const;
    const times = { gaveWayAt, modifiedAt };
    kept.push({ path, presentPath: path, kind: 'file', size, ...times, store: 'native', run: undefined, place });
  }
  return kept;
}

/** The tree as it was at a moment: a store that keeps versions knows both ends of each. */
export function storedAt(stored: readonly StoredVersion[], at: number): ReadonlyMap<string, PastContent> {
  const tree = new Map<string, PastContent>();
  for (const version of stored) {
    const { path, since, until } = version;
    if (since > at || (until !== undefined && until <= at)) continue;
    tree.set(path, { kind: 'content', path, place: { kind: 'stored', version } });
  }
  return tree;
}
