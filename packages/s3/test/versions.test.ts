import {
  contentOf,
  MemoryStateStore,
  MemoryStorageClient,
  SyncEngine,
  SyncStateManager,
  VersionStore,
} from '@syncengine/core';
import { expect, test } from 'vitest';
import { describeWithCeph, keepVersions, newBucket, open } from './support/service.ts';

describeWithCeph('A bucket that keeps versions', () => {
  test('is a backup of which any moment comes back, in the bucket and elsewhere', async () => {
    const bucket = await newBucket();
    await keepVersions(bucket);
    const destination = await open({ bucket, prefix: 'backup' });
    const source = new MemoryStorageClient({ id: 'memory:source' });
    const state = new SyncStateManager({ store: new MemoryStateStore() });
    const engine = new SyncEngine({ source, destination, mode: 'source-to-destination', versions: { days: 1 }, state });
    for (const [path, text] of Object.entries({ 'docs/a.txt': 'one', 'docs/b.txt': 'b', 'same.txt': 'same' })) {
      source.put(path, text);
    }
    await engine.sync();
    source.put('docs/a.txt', 'number two');
    await engine.sync();
    source.put('docs/new.txt', 'new');
    source.delete('docs/a.txt');
    source.delete('docs/b.txt');
    expect(await engine.sync()).toMatchObject({ status: 'clean', notices: [] });

    const store = new VersionStore(destination);
    const { versions, problems } = await store.list({ paths: ['docs'] });
    expect(problems).toEqual([]);
    expect(versions.map(({ path, size, store: kept }) => `${path} ${size} ${kept}`).sort()).toEqual([
      'docs/a.txt 10 native',
      'docs/a.txt 3 native',
      'docs/b.txt 1 native',
    ]);
    // The moment right before the first version gave way.
    const at = (versions.find(({ size }) => size === 3)?.gaveWayAt ?? 0) - 1;
    const to = new MemoryStorageClient({ id: 'memory:elsewhere' });
    expect(await store.restore({ at, to })).toMatchObject({ status: 'clean', problems: [] });
    expect([...to.snapshot()].filter(([path]) => !path.endsWith('/'))).toEqual([
      ['docs/a.txt', 'one'],
      ['docs/b.txt', 'b'],
      ['same.txt', 'same'],
    ]);

    await destination.write('docs/a.txt', contentOf('in the way'));
    expect(await store.restore({ at, exact: true })).toMatchObject({ status: 'clean', problems: [], unchanged: 1 });
    const now = new MemoryStorageClient({ id: 'memory:now' });
    await new SyncEngine({
      source: destination,
      destination: now,
      mode: 'source-to-destination',
      state: new SyncStateManager({ store: new MemoryStateStore() }),
    }).sync();
    expect([...now.snapshot()]).toEqual([...to.snapshot()]);
    // What gave way is kept in turn.
    const again = await store.list({ paths: ['docs/a.txt', 'docs/new.txt'] });
    expect(again.versions.map(({ path, size }) => `${path} ${size}`)).toEqual(
      expect.arrayContaining(['docs/a.txt 10', 'docs/new.txt 3', 'docs/a.txt 3']),
    );
    await destination.close();
  });
});
