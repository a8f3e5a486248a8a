import { collectBytes, type Entry, MemoryStorageClient, type StorageClient } from '@syncengine/core';

/** What stands at each path of a side: the text of files, `-> target` of links, `/` for directories. */
export type Census = ReadonlyMap<string, string>;

export const directoryMark = '/';

const reservedName = '.syncengine';

export interface SideCensus {
  /** What is kept in sync. */
  readonly live: Census;
  /** What lies in the reserved folder. */
  readonly reserved: Census;
  /** What the store's own trash has kept. */
  readonly kept: readonly string[];
}

/** Looks at everything that a side holds, past all faults; in memory at once, so that nothing happens meanwhile. */
export function takeCensus(client: StorageClient): SideCensus | Promise<SideCensus> {
  if (!(client instanceof MemoryStorageClient)) return censusThrough(client);
  return censusOf(
    memorySnapshot(client),
    client.trashed().map(({ text }) => text),
  );
}

/** A client that somebody brings may have a method `keptContents`, which tells the texts that its store's own trash keeps. */
async function censusThrough(client: StorageClient): Promise<SideCensus> {
  const told = await walk(client, '');
  const keptContents: unknown = Reflect.get(client, 'keptContents');
  const kept: unknown = typeof keptContents === 'function' ? await keptContents.call(client) : [];
  return censusOf(told, Array.isArray(kept) ? kept.map(String) : []);
}

function censusOf(entries: Iterable<readonly [string, string]>, kept: readonly string[]): SideCensus {
  const live = new Map<string, string>();
  const reserved = new Map<string, string>();
  for (const [path, told] of entries) (isReservedPath(path) ? reserved : live).set(path, told);
  return { live, reserved, kept };
}

export function isReservedPath(path: string): boolean {
  return path === reservedName || path.startsWith(`${reservedName}/`);
}

function* memorySnapshot(client: MemoryStorageClient): Generator<[string, string]> {
  for (const [path, told] of client.snapshot({ reserved: true })) {
    if (path.endsWith('/')) yield [path.slice(0, -1), directoryMark];
    else yield [path, told];
  }
}

async function walk(client: StorageClient, directory: string): Promise<[string, string][]> {
  const told: [string, string][] = [];
  for await (const page of client.list(directory)) {
    for (const entry of page) {
      told.push([entry.path, await tell(client, entry)]);
      if (entry.kind === 'directory') told.push(...(await walk(client, entry.path)));
    }
  }
  return told;
}

/** What stands at one path; `undefined` for nothing. */
export async function lookAt(client: StorageClient, path: string): Promise<string | undefined> {
  const text = client instanceof MemoryStorageClient ? client.text(path) : undefined;
  if (text !== undefined) return text;
  const entry = await client.stat(path);
  return entry === undefined ? undefined : await tell(client, entry);
}

async function tell(client: StorageClient, entry: Entry): Promise<string> {
  switch (entry.kind) {
    case 'directory':
      return directoryMark;
    case 'symlink':
      return `-> ${entry.target}`;
    case 'file':
      return new TextDecoder().decode(await collectBytes(client.read(entry.path)));
    case 'other':
    case 'unknown':
      return `? ${entry.kind}`;
  }
}
