import assert from 'node:assert/strict';
import {
  collectBytes,
  type Entry,
  type ErrorCode,
  type FileEntry,
  type StorageClient,
  SyncEngineError,
} from '@syncengine/core';
import type { DriveServer } from '@syncengine/drive-server';

export async function rejectsWith(code: ErrorCode, work: Promise<unknown>): Promise<SyncEngineError> {
  const error: unknown = await work.then(
    (value) => `the value ${JSON.stringify(value)}`,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SyncEngineError, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}

export async function textAt(client: StorageClient, path: string): Promise<string> {
  return Buffer.from(await collectBytes(client.read(path))).toString();
}

export async function fileAt(client: StorageClient, path: string): Promise<FileEntry> {
  const entry = await client.stat(path);
  assert.ok(entry?.kind === 'file', `${path} should be a file`);
  return entry;
}

export async function listed(client: StorageClient, directory = ''): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of client.list(directory)) entries.push(...page);
  return entries;
}

export async function tree(client: StorageClient): Promise<Entry[]> {
  const entries: Entry[] = [];
  assert.ok(client.listRecursive !== undefined);
  for await (const page of client.listRecursive()) entries.push(...page);
  return entries;
}

/** `kind path`, and what an unknown entry is told to be. */
export function told(entries: readonly Entry[]): string[] {
  return entries.map((entry) => `${entry.kind === 'unknown' ? entry.code : entry.kind} ${entry.path}`);
}

/** The names of the methods that were asked while something was done. */
export async function requestsOf(server: DriveServer, work: () => Promise<unknown>): Promise<string[]> {
  const before = server.requests.length;
  await work();
  return server.requests.slice(before).map((request) => request.name ?? '?');
}

export function patterned(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = size + 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
