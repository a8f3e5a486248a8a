import {
  type Entry,
  isWithin,
  type MetadataChange,
  type MoveOptions,
  parentOf,
  type RemoveOptions,
  requireExpected,
  storageFailure,
  unsupportedFailure,
} from '@syncengine/core';
import type { Connection } from './connection.ts';
import { refusal } from './failures.ts';
import type { Parts } from './parts.ts';
import { formatTime, isDone, type Reply } from './reply.ts';

/** Removes a file, a link or an empty directory; `remove` of the protocol. */
export async function removeEntry(
  parts: Parts,
  connection: Connection,
  path: string,
  { expected, kind, signal }: RemoveOptions,
): Promise<void> {
  const { looker, territory } = parts;
  await requireInside(parts, connection, path, signal);
  const entry = await looker.look(connection, path, expected, signal);
  if (entry === undefined) throw storageFailure('not-found', path);
  if (kind === 'directory' && entry.kind !== 'directory') throw storageFailure('precondition-failed', path);
  if (entry.kind === 'directory') {
    const reply = await connection.command(`RMD ${territory.place(path)}`, signal);
    territory.forget(path);
    if (isDone(reply)) return;
    // Without facts, a link to a directory looks like one until it is looked at closely.
    const closer = await looker.stat(connection, path, signal);
    if (closer === undefined || closer.kind === 'directory') {
      throw await whyNotRemoved(parts, connection, path, reply, signal);
    }
    if (kind === 'directory') throw storageFailure('precondition-failed', path);
  }
  if (entry.kind !== 'directory') requireExpected(path, entry, expected);
  const reply = await connection.command(`DELE ${territory.place(path)}`, signal);
  if (!isDone(reply)) throw await looker.explain(connection, reply, path, 'removed', signal);
}

/** Renames a file, a link or a whole directory; `move` of the protocol. */
export async function moveEntry(
  parts: Parts,
  connection: Connection,
  from: string,
  to: string,
  { expected, signal }: MoveOptions,
): Promise<void> {
  const { looker, territory, directories } = parts;
  if (from === '') throw unsupportedFailure(from, 'cannot be moved');
  await requireInside(parts, connection, from, signal);
  const entry = await looker.look(connection, from, expected, signal);
  if (entry === undefined) throw storageFailure('not-found', from);
  if (entry.kind !== 'directory') requireExpected(from, entry, expected);
  else if (isWithin(to, from) && to !== from) throw unsupportedFailure(from, 'cannot be moved into itself');
  const isRespelled = !parts.server.caseSensitive && from !== to && from.toLowerCase() === to.toLowerCase();
  if (!isRespelled && (await looker.look(connection, to, undefined, signal)) !== undefined) {
    throw storageFailure('already-exists', to);
  }
  await directories.ensure(connection, parentOf(to), signal);
  const commands = [`RNFR ${territory.place(from)}`, `RNTO ${territory.place(to)}`];
  const [asked, moved] = await connection.exchange(commands, signal);
  territory.forget(from);
  territory.forget(to);
  if (asked === undefined || moved === undefined) throw new TypeError('The answer to a rename is missing.');
  if (asked.code !== 350) throw await looker.explain(connection, asked, from, 'moved', signal);
  if (!isDone(moved)) throw refusal(moved, from, 'moved', 'permission-denied');
}

/** Sets the time of a file or directory; `setMetadata` of the protocol. */
export async function changeMetadata(
  parts: Parts,
  connection: Connection,
  path: string,
  { modifiedAt }: MetadataChange,
  { expected, signal }: RemoveOptions,
): Promise<Entry> {
  const { looker, territory } = parts;
  await requireInside(parts, connection, path, signal);
  const entry = await looker.look(connection, path, expected, signal);
  if (entry === undefined) throw storageFailure('not-found', path);
  if (entry.kind !== 'directory') requireExpected(path, entry, expected);
  const time = modifiedAt === undefined ? undefined : formatTime(modifiedAt);
  if (time === undefined) {
    if (modifiedAt === undefined) return entry;
    throw unsupportedFailure(path, 'has a time that FTP cannot write');
  }
  const { commands, read } = looker.glance(path);
  const [reply, ...replies] = await connection.exchange([`MFMT ${time} ${territory.place(path)}`, ...commands], signal);
  if (reply === undefined || !isDone(reply)) {
    throw reply === undefined
      ? storageFailure('not-found', path)
      : await looker.explain(connection, reply, path, 'changed', signal);
  }
  const changed = await looker.ascertain(connection, path, read(replies), undefined, signal);
  if (changed === undefined) throw storageFailure('not-found', path);
  return changed;
}

/** The server follows links on the way to a path; where that leads is looked at before anything is changed. */
async function requireInside(
  { looker, territory }: Parts,
  connection: Connection,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const parent = parentOf(path);
  if (!territory.isKnown(parent)) await looker.enter(connection, parent, signal);
}

async function whyNotRemoved(
  { looker }: Parts,
  connection: Connection,
  path: string,
  reply: Reply,
  signal?: AbortSignal,
): Promise<Error> {
  for (const entry of await looker.list(connection, path, signal)) {
    return storageFailure('not-empty', parentOf(entry.path));
  }
  return looker.explain(connection, reply, path, 'removed', signal);
}
