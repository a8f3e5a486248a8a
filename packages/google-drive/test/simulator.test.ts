import assert from 'node:assert/strict';
import process from 'node:process';
import { simulate } from '@syncengine/conformance';
import { startDriveServer } from '@syncengine/drive-server';
import { test } from 'vitest';
import { GoogleDriveStorageClient } from '../src/index.ts';
import { libraries } from './support/libraries.ts';

/** More of them, from elsewhere, when somebody wants that: `SYNCENGINE_DRIVE_RUNS=2000 SYNCENGINE_DRIVE_SEED=7`. */
const runs = Number(process.env['SYNCENGINE_DRIVE_RUNS'] ?? 60);
const seed = Number(process.env['SYNCENGINE_DRIVE_SEED'] ?? 1);

for (const side of ['source', 'destination'] as const) {
  test(
    `random histories with Drive as the ${side} break no promise`,
    async () => {
      const drive = libraries['@googleapis/drive']?.('test-token');
      const report = await simulate({
        runs,
        seed,
        shrink: false,
        createSide: async (which) => {
          if (which !== side) return undefined;
          const server = await startDriveServer();
          const folderId = server.person.makeFolder('root');
          const client = await GoogleDriveStorageClient.open({ drive, folderId, rootUrl: server.origin });
          // What Drive keeps of what was trashed and replaced.
          const keptContents = (): string[] => server.person.keptContents().map((bytes) => bytes.toString());
          return Object.assign(client, { keptContents, close: () => server.close() });
        },
      });
      assert.deepEqual(
        report.failures.map(({ story }) => story),
        [],
      );
    },
    60 * 60_000,
  );
}
