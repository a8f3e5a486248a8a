import type { JoinedRow } from '../join/index.ts';
import { childOf, nameOf, parentOf } from '../paths/index.ts';
import { type MatchedRenames, matchRenames, type RenamePolicy } from '../renames/index.ts';
import type { StorageClient } from '../storage/index.ts';

export interface MatchingOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly policy: RenamePolicy;
  readonly signal: AbortSignal;
}

/**
 * Finds the renames that are carried over. A side that tells cases apart can hold something else under the spelling that
 * an entry is to get, which the scan leaves out: a link, or what is ignored. There the entry keeps its spelling.
 */
export async function matchWithRoom(rows: readonly JoinedRow[], options: MatchingOptions): Promise<MatchedRenames> {
  const { policy, signal } = options;
  const matched = matchRenames(rows, policy);
  const keptSpellings = new Set<string>();
  for (const { side, from, to, entry } of matched.steps) {
    if (from.key !== to.key || !policy.capabilities[side].caseSensitive) continue;
    // Folders around it may be on their way: the name stands beside the entry as it is now.
    const taken = await options[side].stat(childOf(parentOf(entry.path), nameOf(to.path)), { signal });
    if (taken !== undefined) keptSpellings.add(`${side}:${entry.path}`);
  }
  return keptSpellings.size === 0 ? matched : matchRenames(rows, { ...policy, keptSpellings });
}
