import type { ErrorCode } from '../errors.ts';
import type { SyncedEntry } from '../storage/index.ts';

/**
 * A side against *its own* base: the letters of the decision table.
 *
 * - `absent`: nothing is there and nothing was (–)
 * - `unchanged` (U), `modified` (M), `type-changed` (T), `deleted` (D): there was a base
 * - `created` (C): there was none
 * - `unknown` (E): it cannot be seen what is there; never a deletion
 * - `excluded` (X): ignored, or of a kind that is not synchronised
 * - `held`: left out of this run on request; the base stays
 */
export type Change =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unchanged'; readonly entry: SyncedEntry }
  | { readonly kind: 'modified'; readonly entry: SyncedEntry }
  | { readonly kind: 'type-changed'; readonly entry: SyncedEntry }
  | { readonly kind: 'created'; readonly entry: SyncedEntry }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'unknown'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'excluded' }
  | { readonly kind: 'held' };

/** What stands on the side, where that is known. */
export function entryOf(change: Change): SyncedEntry | undefined {
  return 'entry' in change ? change.entry : undefined;
}
