import {
  createHasher,
  type FileEntry,
  type HashAlgorithm,
  type ReadOptions,
  storageFailure,
  unsupportedFailure,
} from '@syncengine/core';
import type { HashCommand } from './features.ts';
import type { Parts } from './parts.ts';
import { readFile } from './reading.ts';
import { isDone, type Reply } from './reply.ts';

/** Bytes that any server hashes in a second, read from a slow disk. */
const slowest = 5_000_000;

/** The digest of a file, computed by the server where it can; `hash` of the protocol. */
export async function hashFile(
  parts: Parts,
  path: string,
  algorithm: HashAlgorithm,
  options: ReadOptions,
  timeoutMs: number,
): Promise<string> {
  const command = parts.server.features.hashes.get(algorithm);
  if (command === undefined) throw unsupportedFailure(path, `has no ${algorithm} hash here`);
  const digest = await byServer(parts, path, command, algorithm, options, timeoutMs);
  if (digest !== undefined) return digest;
  // Too large for the server, or a link: reading it also says what is wrong, if something is.
  const hasher = createHasher(algorithm);
  for await (const chunk of readFile(parts, path, options)) hasher.update(chunk);
  return hasher.digest();
}

async function byServer(
  { pool, looker, territory }: Parts,
  path: string,
  command: HashCommand,
  algorithm: HashAlgorithm,
  { expected, signal }: ReadOptions,
  timeoutMs: number,
): Promise<string | undefined> {
  const { commands, read } = looker.glance(path);
  const place = territory.place(path);
  const look = async (): Promise<FileEntry | undefined> => {
    const replies = await pool.use(signal, (connection) => connection.exchange(commands, signal));
    const glance = read(replies);
    return glance.state === 'entry' && glance.entry.kind === 'file' ? glance.entry : undefined;
  };
  const before = await look();
  if (before === undefined) return undefined;
  if (expected !== undefined && before.version !== expected) throw storageFailure('source-changed', path);
  const patience = timeoutMs + (before.size / slowest) * 1_000;
  const ask =
    command.kind === 'hash'
      ? [`OPTS HASH ${command.option}`, `HASH ${place}`]
      : [`${command.command} ${/[ "]/.test(place) ? `"${place.replaceAll('"', '""')}"` : place}`];
  const replies = await pool.use(signal, (connection) => connection.slowCommand(ask, patience, signal));
  const digest = digestIn(replies, algorithm, before.size);
  if (digest !== undefined && (await look())?.version !== before.version) throw storageFailure('source-changed', path);
  return digest;
}

const lengths: Readonly<Record<HashAlgorithm, number>> = { sha256: 64, sha1: 40, md5: 32, crc32: 8 };

/** The digest in an answer, if it is one of the whole file. */
function digestIn(replies: readonly Reply[], algorithm: HashAlgorithm, size: number): string | undefined {
  const reply = replies.at(-1);
  if (!replies.every(isDone) || reply === undefined) return undefined;
  const last = reply.text.trim().split(/\r?\n/).at(-1) ?? '';
  const range = /^213 \S+ (\d+)-(\d+) /.exec(last);
  if (range !== null && (range[1] !== '0' || Number(range[2]) !== size)) return undefined;
  const digits =
    range === null ? /^2\d\d ([0-9A-Fa-f]+)/.exec(last)?.[1] : /^213 \S+ \S+ ([0-9A-Fa-f]+) /.exec(last)?.[1];
  const digest = digits?.toLowerCase().padStart(lengths[algorithm], '0');
  return digest?.length === lengths[algorithm] ? digest : undefined;
}
