import { type HashAlgorithm, type ReadOptions, storageFailure, unsupportedFailure } from '@syncengine/core';
import type { Stats } from 'ssh2';
import { requireFile, versionOfStats } from './entry.ts';
import type { RemoteFolder } from './remote-folder.ts';
import { look } from './root.ts';
import type { Session } from './ssh/index.ts';

/** The digest of a file, computed by the server; `hash` of the protocol. */
export async function hashFile(
  { root, shell }: RemoteFolder,
  session: Session,
  path: string,
  algorithm: HashAlgorithm,
  { expected, signal }: ReadOptions,
): Promise<string> {
  if (!shell.canHash(algorithm)) throw unsupportedFailure(path, `the server cannot compute ${algorithm}`);
  const place = await root.follow(session, path);
  const before = await fileAt(session, place, path);
  if (expected !== undefined && versionOfStats(before) !== expected) throw storageFailure('source-changed', path);
  const digest = await shell.hash(session, algorithm, place, signal);
  const after = await fileAt(session, place, path);
  if (versionOfStats(after) !== versionOfStats(before)) throw storageFailure('source-changed', path);
  if (digest === undefined) throw unsupportedFailure(path, `the server could not compute its ${algorithm}`);
  return digest;
}

async function fileAt(session: Session, place: string, path: string): Promise<Stats> {
  const stats = await look(session, place, path);
  if (stats === undefined) throw storageFailure('not-found', path);
  requireFile(path, stats);
  return stats;
}
