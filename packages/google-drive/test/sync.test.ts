import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import {
  LocalStorageClient,
  MemoryStateStore,
  type StorageClient,
  SyncEngine,
  SyncStateManager,
} from '@syncengine/core';
import { describe, test } from 'vitest';
import { patterned, requestsOf } from './support/looking.ts';
import { type Stage, withDrive } from './support/with-drive.ts';

/** More of them when somebody wants to see it: `SYNCENGINE_DRIVE_FILES=5000`. */
const smallFiles = Number(process.env['SYNCENGINE_DRIVE_FILES'] ?? 200);
const unit = 256 * 1024;
const patience = 20 * 60_000;

/** Two local folders, taken away afterwards. */
function withFolders(body: (stage: Stage, first: string, second: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'syncengine-drive-'));
    const first = join(folder, 'first');
    const second = join(folder, 'second');
    try {
      mkdirSync(first);
      mkdirSync(second);
      await withDrive((stage) => body(stage, first, second), {
        client: { singleRequestLimit: 4 * unit, chunkSize: 4 * unit },
      })();
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

function engineFor(source: StorageClient, destination: StorageClient, store = new MemoryStateStore()): SyncEngine {
  return new SyncEngine({ source, destination, state: new SyncStateManager({ store }) });
}

function fill(folder: string): void {
  for (let index = 0; index < smallFiles; index += 1) {
    const file = join(folder, `folder ${index % 20}`, `deep-${index % 3}`, `file ${index} ü.txt`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, patterned(index % 3000));
  }
  for (let index = 0; index < 3; index += 1) writeFileSync(join(folder, `large-${index}`), patterned(9 * unit + index));
  mkdirSync(join(folder, 'empty'));
}

async function clean(engine: SyncEngine): Promise<void> {
  const result = await engine.sync();
  assert.deepEqual([result.status, result.problems], ['clean', []]);
}

/** The same files with the same bytes, and the same folders; what the engine keeps for itself aside. */
function requireEqual(first: string, second: string): void {
  assert.deepEqual(contentsOf(first), contentsOf(second));
}

function contentsOf(folder: string): Map<string, string> {
  const contents = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const place = join(entry.parentPath, entry.name);
    const path = relative(folder, place);
    if (path.startsWith('.syncengine')) continue;
    contents.set(
      path,
      entry.isDirectory() ? 'a folder' : createHash('sha256').update(readFileSync(place)).digest('hex'),
    );
  }
  return new Map([...contents].sort());
}

describe('a sync', () => {
  test(
    'from a folder to Drive and on to a second folder gives the same files; a second run plans nothing and asks little',
    withFolders(async ({ server, open }, first, second) => {
      fill(first);
      const states = [new MemoryStateStore(), new MemoryStateStore()] as const;
      // Each run as a process of its own would make it: nothing is left of the last one but its state.
      const there = async (): Promise<SyncEngine> =>
        engineFor(new LocalStorageClient(first), await open(), states[0].clone());
      const andOn = async (): Promise<SyncEngine> =>
        engineFor(await open(), new LocalStorageClient(second), states[1].clone());
      await clean(engineFor(new LocalStorageClient(first), await open(), states[0]));
      await clean(engineFor(await open(), new LocalStorageClient(second), states[1]));
      requireEqual(first, second);
      execFileSync('diff', ['-r', '--exclude=.syncengine', first, second]);
      for (const next of [there, andOn]) {
        const asked = await requestsOf(server, async () => {
          const { status, operations } = await (await next()).sync();
          assert.deepEqual([status, operations], ['clean', []]);
        });
        // The other pair did nothing on Drive, and no run of a pair minds what the other remembers.
        assert.deepEqual(asked.sort(), ['changes.list', 'files.get']);
      }
    }),
    patience,
  );

  test(
    'takes the rename of a folder of 1,000 files to Drive as one request of effect',
    withFolders(async ({ server, client }, first) => {
      for (let index = 0; index < 1000; index += 1) {
        mkdirSync(join(first, 'folder'), { recursive: true });
        writeFileSync(join(first, 'folder', `file-${index}`), `text ${index}`);
      }
      const engine = engineFor(new LocalStorageClient(first), client);
      await clean(engine);
      renameSync(join(first, 'folder'), join(first, 'renamed'));
      const asked = await requestsOf(server, () => clean(engine));
      const looking = ['changes.list', 'changes.getStartPageToken', 'files.get', 'files.list', 'about.get'];
      assert.deepEqual(
        asked.filter((name) => !looking.includes(name)),
        ['files.update'],
      );
      assert.equal(server.person.at('root/renamed')?.name, 'renamed');
      assert.equal(server.person.at('root/folder'), undefined);
    }),
    patience,
  );

  test(
    'takes what people did in Drive to the folder: renames, moves, edits, deletions',
    withFolders(async ({ server, client, root }, first, second) => {
      fill(first);
      const engine = engineFor(new LocalStorageClient(first), client);
      await clean(engine);
      const id = (path: string): string => server.person.at(`root/${path}`)?.id ?? assert.fail(`${path} is missing`);
      server.person.rename(id('folder 1'), 'renamed');
      server.person.move(id('folder 2'), id('folder 3'));
      server.person.edit(id('large-0'), 'small now');
      server.person.trash(id('large-1'));
      server.person.makeDocument('Plan', {}, root);
      server.person.makeFile('new/with a slash', 'text', root);
      server.person.makeFile('new', 'text', id('empty'));
      server.person.makeFile('large-2', 'a twin of a file that is in sync', root);
      const twin = server.person.makeFile('twin', 'one', root);
      server.person.makeFile('twin', 'two', root);
      const result = await engine.sync();
      assert.equal(result.status, 'problems');
      assert.deepEqual(result.problems.map(({ path, code }) => `${code} ${path}`).sort(), [
        'invalid-name new\u2215with a slash',
        'name-collision large-2',
        'name-collision twin',
      ]);
      assert.equal(existsSync(join(first, 'twin')), false);
      assert.equal(readFileSync(join(first, 'large-2')).byteLength, 9 * unit + 2);
      server.person.trash(twin);
      server.person.trash(server.person.in(root).find((file) => file.bytes?.toString().startsWith('a twin'))?.id ?? '');
      server.person.trash(server.person.in(root).find((file) => file.name.includes('/'))?.id ?? '');
      await clean(engine);
      await clean(engineFor(client, new LocalStorageClient(second)));
      requireEqual(first, second);
    }),
    patience,
  );

  test(
    'gets through a Drive that asks to go slower, breaks and loses answers',
    withFolders(async ({ server, client }, first, second) => {
      fill(first);
      for (let after = 5; after < 150; after += 29) {
        server.faults.add({ after, effect: { kind: 'error', status: 403, reason: 'userRateLimitExceeded' } });
        server.faults.add({ after: after + 7, effect: { kind: 'drop-answer' } });
        server.faults.add({ after: after + 14, effect: { kind: 'error', status: 503, reason: 'backendError' } });
        server.faults.add({ after: after + 21, effect: { kind: 'drop-request' } });
      }
      await clean(engineFor(new LocalStorageClient(first), client));
      await clean(engineFor(client, new LocalStorageClient(second)));
      requireEqual(first, second);
    }),
    patience,
  );

  test(
    'that is stopped in the middle of a large file goes on with it in the next process',
    withFolders(async ({ server, client, open }, first) => {
      const size = 40 * unit + 7;
      writeFileSync(join(first, 'large'), patterned(size));
      const store = new MemoryStateStore();
      const stop = new AbortController();
      server.faults.add({
        matches: ({ query }) => query.has('upload_id'),
        after: 6,
        effect: { kind: 'act', act: () => stop.abort(new Error('enough')) },
      });
      const stopped = await engineFor(new LocalStorageClient(first), client, store).sync({ signal: stop.signal });
      assert.equal(stopped.status, 'cancelled');
      const before = server.receivedBytes;
      assert.equal(server.person.unfinishedUploads, 1);
      await clean(engineFor(new LocalStorageClient(first), await open(), store));
      assert.ok(
        server.receivedBytes - before < size / 2,
        `${server.receivedBytes - before} of ${size} were sent again`,
      );
      assert.equal(server.person.at('root/large')?.bytes?.byteLength, size);
      assert.equal(server.person.unfinishedUploads, 0);
    }),
    patience,
  );
});
