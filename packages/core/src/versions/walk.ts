import { Gate } from '../control/index.ts';
import { asSyncEngineError, isAbortError, isSyncEngineError, SyncEngineError } from '../errors.ts';
import { isWithin, nameOf, requireValidPath, reservedName } from '../paths/index.ts';
import type { Entry, StorageClient } from '../storage/index.ts';

/** What lies below a directory, each directory before what it holds, and what could not be looked at. */
export interface Walked {
  readonly entries: readonly Entry[];
  readonly failures: readonly SyncEngineError[];
}

/** Several directories at once; one that is missing holds nothing. The engine's own folder is entered only by its name. */
export async function walk(client: StorageClient, directory: string, signal: AbortSignal | undefined): Promise<Walked> {
  const entries: Entry[] = [];
  const failures: SyncEngineError[] = [];
  const gate = new Gate(client.capabilities.concurrency.operations);
  const visit = async (path: string): Promise<void> => {
    const children = await gate.run(() => childrenOf(client, path, failures, signal), signal);
    entries.push(...children);
    await Promise.all(
      children.map(async (child) => (child.kind === 'directory' ? await visit(child.path) : undefined)),
    );
  };
  await visit(directory);
  return { entries, failures };
}

/** The children of a directory, without what cannot be looked at. */
export async function childrenOf(
  client: StorageClient,
  directory: string,
  failures: SyncEngineError[],
  signal: AbortSignal | undefined,
): Promise<readonly Entry[]> {
  const children: Entry[] = [];
  try {
    for await (const page of client.list(directory, { signal })) {
      for (const entry of page) {
        if (!isChild(entry, directory)) continue;
        if (entry.kind === 'unknown') failures.push(cannotLookAt(entry.path, entry.message));
        else if (entry.kind !== 'other') children.push(entry);
      }
    }
  } catch (error) {
    if (isAbortError(error)) throw error;
    // Whoever prunes at the same time may be faster.
    if (!isSyncEngineError(error, 'not-found')) failures.push(asSyncEngineError(error, directory));
  }
  return children;
}

/** What a server answers is not trusted: a name that leads elsewhere is nothing that lies here. */
function isChild({ path }: Entry, directory: string): boolean {
  try {
    requireValidPath(path);
  } catch (error) {
    if (!isSyncEngineError(error, 'invalid-name')) throw error;
    return false;
  }
  const name = nameOf(path);
  const isHere = path === (directory === '' ? name : `${directory}/${name}`) && isWithin(path, directory);
  return isHere && (name !== reservedName || isWithin(directory, reservedName));
}

function cannotLookAt(path: string, message: string): SyncEngineError {
  return new SyncEngineError('unreadable', message, { path });
}
