import { forEachConcurrently } from '../control/index.ts';
import { isAbortError, isSyncEngineError, type Side } from '../errors.ts';
import type { JoinedRow } from '../join/index.ts';
import type { HashAlgorithm, StorageClient } from '../storage/index.ts';

export interface RenameDigestsOptions {
  readonly client: StorageClient;
  readonly side: Side;
  /** Files hashed at the same time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/** Hashes the files by whose content a rename would be proven; their entries then tell the digest. */
export async function addDigests(
  rows: readonly JoinedRow[],
  requests: ReadonlyArray<{ readonly row: JoinedRow; readonly algorithm: HashAlgorithm }>,
  { client, side, concurrency, signal }: RenameDigestsOptions,
): Promise<JoinedRow[]> {
  const digested = new Map<JoinedRow, JoinedRow>();
  await forEachConcurrently(requests, concurrency, async ({ row, algorithm }) => {
    const observation = row[side];
    if (observation.state !== 'present' || observation.entry.kind !== 'file' || client.hash === undefined) return;
    const { entry } = observation;
    try {
      const digest = await client.hash(entry.path, algorithm, { expected: entry.version, signal });
      const hashes = { ...entry.hashes, [algorithm]: digest };
      digested.set(row, { ...row, [side]: { state: 'present', entry: { ...entry, hashes } } });
    } catch (error) {
      // Without its digest the file is no rename but a new file; what is wrong with it shows when it is read.
      if (isAbortError(error) || !isSyncEngineError(error)) throw error;
    }
  });
  return rows.map((row) => digested.get(row) ?? row);
}
