// The suite under node:test, against what is built. Started by suite-runners.test.ts.
import { describe, test } from 'node:test';
import { conformance } from '@syncengine/conformance';
import { MemoryStorageClient } from '@syncengine/core';

const { LIE: lie } = process.env;

class Liar extends MemoryStorageClient {
  async remove(path, options) {
    if (path === '') return;
    await super.remove(path, options);
  }
}

await conformance({
  runner: { describe, test, skip: (name, reason) => test(name, { skip: reason }) },
  name: 'memory',
  factory: async () => ({ client: lie === undefined ? new MemoryStorageClient() : new Liar() }),
  chunkSize: 16,
  partSize: 65_536,
  manyEntries: 20,
  skip: lie === undefined ? {} : { 'remove › takes a file away': 'shown to be possible' },
});
