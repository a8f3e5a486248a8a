import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  LocalStorageClient,
  MemoryStateStore,
  MemoryStorageClient,
  SyncEngine,
  SyncStateManager,
} from '../../src/index.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'syncengine-at-once-'));
  for (let index = 0; index < 40; index += 1) writeFileSync(join(folder, String(index)), String(index));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A far side that bears so many transfers, and tells how many it saw at once. */
function farSide(transfers: number): { readonly client: MemoryStorageClient; readonly most: () => number } {
  const client = new MemoryStorageClient();
  const { capabilities } = client;
  Reflect.set(client, 'capabilities', { ...capabilities, concurrency: { ...capabilities.concurrency, transfers } });
  const write = client.write.bind(client);
  let [running, most] = [0, 0];
  client.write = async (...parameters) => {
    running += 1;
    most = Math.max(most, running);
    // All that may start have started by then.
    await new Promise((resolve) => setTimeout(resolve, 5));
    try {
      return await write(...parameters);
    } finally {
      running -= 1;
    }
  };
  return { client, most: () => most };
}

test.for([1, 3, 32])('a disk keeps up with the %i transfers that the other side bears', async (bearable) => {
  const { client, most } = farSide(bearable);
  const state = new SyncStateManager({ store: new MemoryStateStore() });
  const engine = new SyncEngine({ source: new LocalStorageClient(folder), destination: client, state });
  expect((await engine.sync()).status).toBe('clean');
  expect(most()).toBe(bearable);
});

test('what is asked for counts, whatever the sides bear', async () => {
  const { client, most } = farSide(32);
  const state = new SyncStateManager({ store: new MemoryStateStore() });
  const source = new LocalStorageClient(folder);
  const engine = new SyncEngine({ source, destination: client, state, limits: { transfers: 5 } });
  expect((await engine.sync()).status).toBe('clean');
  expect(most()).toBe(5);
});
