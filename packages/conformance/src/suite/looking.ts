import assert from 'node:assert/strict';
import {
  collectBytes,
  contentOf,
  type Entry,
  type ErrorCode,
  type FileEntry,
  type StorageClient,
  SyncEngineError,
} from '@syncengine/core';
import { isReserved } from './names.ts';

/** Waits for a failure of this kind. */
export async function rejectsWith(
  code: ErrorCode | readonly ErrorCode[],
  work: Promise<unknown>,
): Promise<SyncEngineError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason ?? new Error('the call failed without an error'),
  );
  const codes: readonly string[] = typeof code === 'string' ? [code] : code;
  const wanted = codes.join(' or ');
  if (error === undefined) assert.fail(`the call should have failed with ${wanted}, but it succeeded`);
  if (!(error instanceof SyncEngineError)) {
    assert.fail(`the call should have failed with a SyncEngineError ${wanted}, but it threw ${String(error)}`);
  }
  assert.ok(codes.includes(error.code), `expected ${wanted}, got ${error.code}: ${error.message}`);
  return error;
}

export async function textAt(client: StorageClient, path: string): Promise<string> {
  return Buffer.from(await collectBytes(client.read(path))).toString('utf8');
}

export async function put(client: StorageClient, path: string, text: string): Promise<FileEntry> {
  return client.write(path, contentOf(text));
}

export async function listed(client: StorageClient, directory: string, followSymlinks = false): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of client.list(directory, { followSymlinks })) entries.push(...page);
  return entries;
}

/** An entry as a listing told it, against all that is known of it: a side may declare that listings tell less. */
export function assertListed({ capabilities }: StorageClient, told: Entry | undefined, known: Entry | undefined): void {
  if (capabilities.modifiedAt.listed ?? true) {
    assert.deepEqual(told, known);
    return;
  }
  assert.ok(told !== undefined && known !== undefined, 'it is not listed');
  const { hashes: toldHashes = {}, ...rest } = { hashes: undefined, ...told };
  const { hashes: knownHashes = {}, modifiedAt: _, ...others } = { hashes: undefined, ...known };
  assert.deepEqual(rest, others);
  assert.deepEqual(
    { ...knownHashes, ...toldHashes },
    knownHashes,
    'a listing tells a hash that the entry does not have',
  );
}

export async function pathsIn(client: StorageClient, directory: string): Promise<string[]> {
  const entries = await listed(client, directory);
  return entries
    .map((entry) => entry.path)
    .filter((path) => !isReserved(path))
    .sort();
}

/** Every path with its kind, with what is staged but without the empty folders of the reserved one. */
export async function everythingIn(client: StorageClient, directory = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await listed(client, directory)) {
    const below = entry.kind === 'directory' ? await everythingIn(client, entry.path) : [];
    if (!isReserved(entry.path) || entry.kind !== 'directory') paths.push(`${entry.kind} ${entry.path}`);
    paths.push(...below);
  }
  return paths.sort();
}

export async function fileAt(client: StorageClient, path: string): Promise<FileEntry> {
  const entry = await client.stat(path);
  assert.ok(entry?.kind === 'file', `${path} should be a file, but it is ${entry?.kind ?? 'missing'}`);
  return entry;
}

/** An optional method, bound to its client, that the sample showed to be there. */
export function present<Name extends OptionalMethod>(client: StorageClient, name: Name): Required<StorageClient>[Name] {
  const method = client[name];
  assert.ok(method !== undefined, `${name} is there in the sample, but not in this client`);
  // Sound: a bound function has the type of the function, which `bind` cannot express for overloads and generics.
  return method.bind(client) as Required<StorageClient>[Name];
}

type OptionalMethod = {
  [Name in keyof StorageClient]-?: undefined extends StorageClient[Name] ? Name : never;
}[keyof StorageClient];
