import assert from 'node:assert/strict';
import process from 'node:process';
import { simulate } from '@syncengine/conformance';
import type { StorageClient } from '@syncengine/core';
import { startDriveServer } from '@syncengine/drive-server';
import { test } from 'vitest';
import { GoogleDriveStorageClient } from '../src/index.ts';
import { libraries } from './support/libraries.ts';

/** More of them, from elsewhere, when somebody wants that: `SYNCENGINE_DRIVE_RUNS=2000 SYNCENGINE_DRIVE_SEED=7`. */
const runs = Number(process.env['SYNCENGINE_DRIVE_RUNS'] ?? 100);
const seed = Number(process.env['SYNCENGINE_DRIVE_SEED'] ?? 1);

for (const side of ['source', 'destination'] as const) {
  test(
    `random histories with Drive as the ${side} break no promise`,
    async () => {
      const drive = libraries['@googleapis/drive']?.('test-token');
      const feed = { asked: 0, knew: 0 };
      const report = await simulate({
        runs,
        seed,
        shrink: false,
        createSide: async (which) => {
          if (which !== side) return undefined;
          const server = await startDriveServer();
          const folderId = server.person.makeFolder('root');
          const open = (): Promise<StorageClient> =>
            GoogleDriveStorageClient.open({ drive, folderId, rootUrl: server.origin });
          return madeAnew(await open(), open, {
            // What Drive keeps of what was trashed and replaced.
            keptContents: () => server.person.keptContents().map((bytes) => bytes.toString()),
            close: () => server.close(),
            onChanges: (knows) => {
              feed.asked += 1;
              if (knows) feed.knew += 1;
            },
          });
        },
      });
      assert.deepEqual(
        report.failures.map(({ story }) => story),
        [],
      );
      assert.ok(feed.knew * 3 > feed.asked, `${feed.knew} of ${feed.asked} looks had anything to go on`);
    },
    60 * 60_000,
  );
}

interface Additions {
  readonly keptContents: () => string[];
  readonly close: () => Promise<void>;
  readonly onChanges: (knows: boolean) => void;
}

/**
 * A client that is another one from every look at its root on, which is what each run does first: as in a new process,
 * nothing is left of the last run but what the state remembers.
 */
function madeAnew(first: StorageClient, open: () => Promise<StorageClient>, additions: Additions): StorageClient {
  let current = first;
  const stat: StorageClient['stat'] = async (path, options) => {
    if (path === '') current = await open();
    return current.stat(path, options);
  };
  const changes: StorageClient['changes'] = async (cursor, options = {}) => {
    additions.onChanges(options.known !== undefined);
    assert.ok(current.changes !== undefined);
    return current.changes(cursor, options);
  };
  const own = new Map<PropertyKey, unknown>(Object.entries({ ...additions, stat, changes }));
  return new Proxy(first, {
    get: (_, name) => {
      if (own.has(name)) return own.get(name);
      const value: unknown = Reflect.get(current, name);
      if (typeof value !== 'function') return value;
      // Whoever took the method before the client changed speaks to the new one.
      return (...parameters: unknown[]): unknown => Reflect.apply(Reflect.get(current, name), current, parameters);
    },
  });
}
