import {
  type ChangesOptions,
  compareUtf8,
  type Entry,
  type Side,
  SyncEngineError,
  type TreeAtCursor,
} from '@syncengine/core';
import type { Session } from './session.ts';

type Changes = (cursor?: string, options?: ChangesOptions) => Promise<TreeAtCursor>;

/** The feed of changes of a side as one run sees it: a listing of everything, with the faults of the run. */
export async function watchedChanges(
  side: Side,
  session: Session,
  changes: Changes,
  ...[cursor, options]: Parameters<Changes>
): Promise<TreeAtCursor> {
  await session.begin();
  const isAtTheEnd = session.effects.length > 0;
  const { delivered, hostile } = session.listing(side, '');
  // Only the look at the end of the run failed: by then everything had been seen.
  if (isAtTheEnd) session.unseen[side].delete('');
  const hidden = session.isHidden(side);
  if (hidden === 'missing') throw failure('not-found');
  if (hidden === 'emptied') return { cursor: lie, entries: pages([], delivered) };
  const tree = await changes(cursor, options);
  if (delivered === undefined && hostile === undefined) return tree;
  const entries: Entry[] = [];
  for await (const page of tree.entries) entries.push(...page);
  if (hostile === undefined) return { cursor: tree.cursor, entries: pages(entries, delivered) };
  const told: Entry = { kind: 'file', path: hostile, size: 3, version: 'hostile' };
  const behind = entries.findIndex((entry) => compareUtf8(orderOf(entry), hostile) > 0);
  entries.splice(behind === -1 ? entries.length : behind, 0, told);
  return { cursor: lie, entries: pages(entries, delivered) };
}

/** With what was not true goes a cursor that is of no use. */
const lie = 'a lie';

async function* pages(entries: readonly Entry[], delivered: number | undefined): AsyncGenerator<readonly Entry[]> {
  const length = delivered === undefined ? entries.length : Math.floor(delivered * entries.length);
  for (let start = 0; start < length; start += 3) yield entries.slice(start, Math.min(start + 3, length));
  if (delivered !== undefined) throw failure('unreadable');
}

function orderOf({ kind, path }: Entry): string {
  return kind === 'directory' ? `${path}/` : path;
}

function failure(code: 'not-found' | 'unreadable'): SyncEngineError {
  return new SyncEngineError(code, 'The simulation had it fail.', { path: '' });
}
