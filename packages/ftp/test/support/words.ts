import {
  collectBytes,
  contentOf,
  type Entry,
  type FileEntry,
  type StorageClient,
  SyncEngineError,
} from '@syncengine/core';

export async function listed(client: StorageClient, directory: string, followSymlinks = false): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of client.list(directory, { followSymlinks })) entries.push(...page);
  return entries;
}

export async function textAt(client: StorageClient, path: string): Promise<string> {
  return Buffer.from(await collectBytes(client.read(path))).toString('utf8');
}

export function put(client: StorageClient, path: string, text: string): Promise<FileEntry> {
  return client.write(path, contentOf(text));
}

/** The code of the error that a call ends with; what else it ends with is told as it is. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    const outcome = await work;
    return outcome === undefined ? 'nothing' : 'entry';
  } catch (error) {
    return error instanceof SyncEngineError ? error.code : String(error);
  }
}
