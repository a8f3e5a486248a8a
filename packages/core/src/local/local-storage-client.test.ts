import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { storageSuite } from '../storage-suite/index.ts';
import { LocalStorageClient } from './index.ts';

storageSuite(
  { describe, test },
  {
    name: 'a local folder',
    sample: new LocalStorageClient(join(tmpdir(), 'syncengine-12345')),
    enforcesAbsence: true,
    create: async () => {
      // As long a path as those of the sample, because the longest name below it is part of what is declared.
      const folder = await mkdtemp(join(tmpdir(), 'syncengine-').slice(0, -1));
      return { client: new LocalStorageClient(folder), dispose: () => rm(folder, { recursive: true }) };
    },
  },
);
