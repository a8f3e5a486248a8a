import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageClient } from '@syncengine/core';
import { describe, test } from 'vitest';
import { conformance } from '../src/index.ts';

await conformance({
  runner: { describe, test },
  name: 'a local folder',
  factory: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'syncengine-suite-'));
    return {
      client: new LocalStorageClient(folder),
      reopen: async () => new LocalStorageClient(folder),
      dispose: () => rm(folder, { recursive: true }),
    };
  },
  absenceEnforced: true,
  partSize: 1024 * 1024,
});
