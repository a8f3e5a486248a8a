import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  decorate,
  LocalStorageClient,
  limited,
  MemoryStorageClient,
  type MemoryStorageOptions,
  prefixed,
  renamed,
  retrying,
  type StorageClient,
} from '@syncengine/core';
import { describe, test } from 'vitest';
import { conformance } from '../src/index.ts';

/** A clock that jumps over every wait. */
const jumpingClock: Clock = {
  now: () => Date.now(),
  random: () => 0.5,
  sleep: async (_milliseconds, signal) => signal?.throwIfAborted(),
};

type Flavour = (client: StorageClient) => StorageClient;

const flavours: Readonly<Record<string, Flavour>> = {
  'a plain layer': (client) => decorate(client, {}),
  prefixed: (client) => prefixed(client, 'some/where'),
  retrying: (client) => retrying(client, { clock: jumpingClock }),
  limited: (client) => limited(client, { transfers: 2, operations: 3, bytesPerSecond: 1e12 }),
  'all together': (client) =>
    limited(retrying(prefixed(client, 'dir'), { clock: jumpingClock }), { transfers: 1, operations: 1 }),
};

const stores: Readonly<Record<string, MemoryStorageOptions>> = {
  'real directories': { listRecursive: true, names: { maximumPathBytes: 1000 }, resumableWrites: true },
  'implied directories': {
    directories: 'implied',
    listRecursive: true,
    pageSize: 3,
    move: false,
    trash: 'none',
    conditional: 'advisory',
  },
};

for (const [flavour, around] of Object.entries(flavours)) {
  for (const [store, options] of Object.entries(stores)) {
    await conformance({
      runner: { describe, test },
      name: `${flavour} around memory with ${store}`,
      factory: async () => {
        const inner = new MemoryStorageClient(options);
        const client = around(inner);
        await client.makeDirectory('');
        return { client, reopen: async () => around(inner) };
      },
    });
  }
}

await conformance({
  runner: { describe, test },
  name: 'all together around a local folder',
  absenceEnforced: true,
  factory: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'syncengine-suite-'));
    const open = (): StorageClient => flavours['all together']?.(new LocalStorageClient(folder)) ?? never();
    const client = open();
    await client.makeDirectory('');
    return { client, reopen: async () => open(), dispose: () => rm(folder, { recursive: true }) };
  },
});

// Each of these leads a part of what the suite does to another place of the store.
const renames: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  'names that are not met': new Map([['shown/here', 'kept/there']]),
  'a directory': new Map([['dir', 'another/place']]),
  'a file and a directory': new Map([
    ['file', 'a file of another name'],
    ['a', 'an/other'],
  ]),
};

for (const [name, map] of Object.entries(renames)) {
  await conformance({
    runner: { describe, test },
    name: `renamed, ${name}, around memory`,
    factory: async () => {
      // What links say are names inside the store: a view with other names cannot follow them all.
      const inner = new MemoryStorageClient({ symlinks: false });
      return { client: renamed(inner, map), reopen: async () => renamed(inner, map) };
    },
    absenceEnforced: true,
  });
}

function never(): never {
  throw new TypeError('This flavour is there.');
}
