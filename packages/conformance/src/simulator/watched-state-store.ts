import type { MemoryStateStore, StateStore } from '@syncengine/core';
import type { Session } from './session.ts';

/** The state as one run sees it: every change of it is an effect between which the process may end. */
export function watchedStateStore(store: MemoryStateStore, session: Session): StateStore {
  const guarded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    session.requireAlive();
    return await work();
  };
  return {
    location: store.location,
    read: (name, options) => guarded(() => store.read(name, options)),
    replace: (name, content) =>
      session.durable('the new snapshot of the state', undefined, () => store.replace(name, content)),
    append: (name, bytes) => {
      const torn = (): Promise<void> => store.append(name, bytes.subarray(0, Math.floor(bytes.byteLength / 2)));
      return session.durable('the commit to the state', torn, () => store.append(name, bytes));
    },
    close: (name) => guarded(() => store.close(name)),
    truncate: (name, length) => session.durable('the cut of the state', undefined, () => store.truncate(name, length)),
    remove: (name) => session.durable('the removal of old state', undefined, () => store.remove(name)),
    list: (prefix) => guarded(() => store.list(prefix)),
    lock: (name, owner, options) => guarded(() => store.lock(name, owner, options)),
  };
}
