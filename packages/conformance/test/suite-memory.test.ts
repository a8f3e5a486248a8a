import { MemoryStorageClient } from '@syncengine/core';
import { describe, test } from 'vitest';
import { conformance } from '../src/index.ts';
import { memoryKinds } from './support/memory-kinds.ts';

for (const [name, options] of Object.entries(memoryKinds)) {
  await conformance({
    runner: { describe, test },
    name: `memory as ${name}`,
    factory: async () => ({ client: new MemoryStorageClient(options) }),
    absenceEnforced: true,
  });
}
