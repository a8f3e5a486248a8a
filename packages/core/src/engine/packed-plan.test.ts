import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalStorageClient } from '../local/index.ts';
import { FileStateStore, SyncStateManager } from '../state/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { SyncEngine } from './index.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'packed-plan-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, content: string): void {
  const place = join(root, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
  // Long ago, and never the same twice.
  const time = 1_600_000_000 + changes;
  changes += 1;
  utimesSync(place, time, time);
}

let changes = 0;

/** A client without the packed way, and else the same. */
function ordinary(client: StorageClient): StorageClient {
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'listPacked') return undefined;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function engine(around: (client: StorageClient) => StorageClient): SyncEngine {
  return new SyncEngine({
    source: around(new LocalStorageClient(join(root, 'source'))),
    destination: around(new LocalStorageClient(join(root, 'destination'))),
    state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')), compactAfter: 0 }),
  });
}

/** What a plan says, without when it was made. */
async function planned(around: (client: StorageClient) => StorageClient): Promise<unknown> {
  const {
    createdAt: _,
    statistics,
    freeBytes: __,
    ...plan
  } = { freeBytes: undefined, ...(await engine(around).plan({ allow: ['rail-deletions'] })) };
  const { observedFrom: ___, ...seen } = statistics;
  return { ...plan, statistics: seen };
}

// Each scan starts threads, which takes its time on a busy machine.
test('a plan is the same, whether the sides were told packed or entry by entry', async () => {
  let state = 20_261_123;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const some = (): string => `top-${random(4)}/folder-${random(20)}`;
  for (let index = 0; index < 1200; index += 1) put(`source/${some()}/file-${index}.txt`, `${random(50)}`);
  symlinkSync('top-1', join(root, 'source', 'link'));
  expect(await engine((client) => client).sync()).toMatchObject({ status: 'clean' });
  expect(await planned((client) => client)).toMatchObject({ operations: [], counts: { unchanged: 1285 } });
  for (let round = 0; round < 5; round += 1) {
    for (let step = 0; step <= round; step += 1) {
      const side = random(2) === 0 ? 'source' : 'destination';
      const place = `${side}/${some()}`;
      const what = random(6);
      if (what === 0) put(`${place}/new-${round}-${step}.txt`, 'new');
      else if (what === 1) rmSync(join(root, `${place}-x`), { recursive: true, force: true });
      else if (what === 2) rmSync(join(root, place), { recursive: true, force: true });
      else if (what === 3) put(`${place}/.syncignore`, 'file-1*\n');
      else if (what === 4) put(`${place}/file-${random(1200)}.txt`, 'edited');
      else {
        mkdirSync(join(root, place), { recursive: true });
        renameSync(join(root, place), join(root, `${place}-renamed-${round}-${step}`));
      }
    }
    const packed = await planned((client) => client);
    expect(packed, `round ${round}`).toEqual(await planned(ordinary));
    if (round === 2) await engine((client) => client).sync({ allow: ['rail-deletions'] });
  }
}, 300_000);
