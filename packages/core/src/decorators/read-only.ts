import type { StorageClient } from '../storage/index.ts';
import { failure } from '../storage-failures.ts';
import { decorate } from './decorate.ts';

/** The same client, which refuses every change with `read-only`; nothing to flush or to recover is then nothing to do. */
export function readOnly(client: StorageClient): StorageClient {
  const refuse = () => async (path: string) => {
    throw failure('read-only', path);
  };
  const nothingToDo = () => async (): Promise<void> => undefined;
  return decorate(client, {
    write: refuse,
    remove: refuse,
    makeDirectory: refuse,
    move: refuse,
    copy: refuse,
    copyFrom: () => async (_other, _from, to) => {
      throw failure('read-only', to);
    },
    restoreVersion: refuse,
    abandon: nothingToDo,
    makeSymlink: refuse,
    setMetadata: refuse,
    flush: nothingToDo,
    recover: nothingToDo,
  });
}
