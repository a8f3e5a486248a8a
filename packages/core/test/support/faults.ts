import { type Entry, type StorageClient, SyncEngineError } from '../../src/index.ts';
import type { Wrap } from './pair.ts';

/** The client with some of its methods replaced. */
export function altered(client: StorageClient, replaced: Partial<StorageClient>): StorageClient {
  const own = new Map(Object.entries(replaced));
  return new Proxy<StorageClient>(client, {
    get: (target, name) => {
      if (typeof name === 'string' && own.has(name)) return own.get(name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A folder whose listing fails, at once or after some pages have come. */
export function unreadable(directory: string, afterPages = 0): Wrap {
  return (client) =>
    altered(client, {
      list: async function* (path, options) {
        let pages = 0;
        for await (const page of client.list(path, options)) {
          if (path === directory && pages === afterPages) throw refused(path);
          pages += 1;
          yield page;
        }
        if (path === directory) throw refused(path);
      },
    });
}

/** A path at which the store cannot say what stands there. */
export function unknowable(path: string): Wrap {
  return (client) =>
    altered(client, {
      list: async function* (directory, options) {
        for await (const page of client.list(directory, options)) yield page.map((entry) => disguised(entry, path));
      },
    });
}

function disguised(entry: Entry, path: string): Entry {
  if (entry.path !== path) return entry;
  return { kind: 'unknown', path, code: 'unreadable', message: `${path} cannot be looked at.` };
}

function refused(path: string): SyncEngineError {
  return new SyncEngineError('permission-denied', `${path} must not be read.`, { path });
}
