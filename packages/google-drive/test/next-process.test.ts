import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FileStateStore,
  LocalStorageClient,
  type RunOptions,
  type StorageClient,
  SyncEngine,
  type SyncEngineOptions,
  type SyncResult,
  SyncStateManager,
} from '@syncengine/core';
import { describe, test } from 'vitest';
import { requestsOf } from './support/looking.ts';
import { type Stage, type StageOptions, withDrive } from './support/with-drive.ts';

interface Pair extends Stage {
  /** The local folder of the pair, and another one. */
  readonly local: string;
  readonly other: string;
  readonly state: string;
  /** A run as a new process makes it: with a client and a memory of its own. */
  sync(options?: Partial<SyncEngineOptions>, run?: RunOptions): Promise<SyncResult>;
}

/** A folder with 60 files, in sync with one of Drive. */
function withPair(body: (pair: Pair) => Promise<void>, options: StageOptions = {}): () => Promise<void> {
  return withDrive(async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'syncengine-drive-'));
    try {
      const [local, other, state] = [join(folder, 'local'), join(folder, 'other'), join(folder, 'state')];
      for (const each of [local, other]) mkdirSync(each);
      for (let index = 0; index < 60; index += 1) {
        mkdirSync(join(local, `folder-${index % 10}`), { recursive: true });
        writeFileSync(join(local, `folder-${index % 10}`, `file-${index}`), `text ${index}`);
      }
      const sync = async (options: Partial<SyncEngineOptions> = {}, run: RunOptions = {}): Promise<SyncResult> =>
        engine(new LocalStorageClient(local), await stage.open(), state, options).sync(run);
      await clean(sync());
      await body({ ...stage, local, other, state, sync });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, options);
}

/** A clock by which no two things happen at once. */
function ticking(): () => number {
  let time = Date.now();
  return () => {
    time += 1;
    return time;
  };
}

function engine(
  source: StorageClient,
  destination: StorageClient,
  state: string,
  options: Partial<SyncEngineOptions> = {},
): SyncEngine {
  return new SyncEngine({
    ...options,
    source,
    destination,
    state: new SyncStateManager({ store: new FileStateStore(state) }),
  });
}

async function clean(work: Promise<SyncResult>): Promise<SyncResult> {
  const result = await work;
  assert.deepEqual([result.status, result.problems, result.notices], ['clean', [], []]);
  return result;
}

/** A run that finds nothing to do; the names of what it asked. */
async function idle(pair: Pair, options: Partial<SyncEngineOptions> = {}, run: RunOptions = {}): Promise<string[]> {
  return requestsOf(pair.server, async () => {
    assert.deepEqual((await clean(pair.sync(options, run))).operations, []);
  });
}

const listsAll = (asked: readonly string[]): boolean => asked.includes('files.list');

/** What is remembered of Drive. */
function memoryOf(pair: Pair): string {
  const files = readdirSync(pair.state).map((key) => join(pair.state, key, 'tree-destination'));
  return files.find(existsSync) ?? assert.fail('nothing is remembered of Drive');
}

describe('the next process', () => {
  test(
    'finds out by two requests that nothing changed, whatever was done before',
    withPair(async (pair) => {
      assert.deepEqual((await idle(pair)).sort(), ['changes.list', 'files.get']);
      writeFileSync(join(pair.local, 'new'), 'text');
      await clean(pair.sync());
      assert.deepEqual((await idle(pair)).sort(), ['changes.list', 'files.get']);
      const before = readFileSync(memoryOf(pair));
      await idle(pair);
      assert.ok(readFileSync(memoryOf(pair)).equals(before), 'what is remembered was written anew for nothing');
    }),
  );

  test(
    'asks no more for a dry run, and remembers nothing of it',
    withPair(async (pair) => {
      pair.server.person.makeFile('theirs', 'text', pair.root);
      const before = readFileSync(memoryOf(pair));
      const planning = engine(new LocalStorageClient(pair.local), await pair.open(), pair.state);
      let planned = -1;
      const asked = await requestsOf(pair.server, async () => {
        planned = (await planning.plan()).operations.length;
      });
      assert.equal(planned, 1);
      assert.deepEqual(asked.sort(), ['about.get', 'changes.list', 'files.get']);
      assert.ok(readFileSync(memoryOf(pair)).equals(before));
    }),
  );

  test(
    'asks only for what people did since, and carries it over',
    withPair(async (pair) => {
      const { person } = pair.server;
      const id = (path: string): string => person.at(`root/${path}`)?.id ?? assert.fail(`${path} is missing`);
      person.rename(id('folder-1'), 'renamed');
      person.trash(id('folder-2'));
      person.edit(id('folder-3/file-3'), 'newer');
      const outside = person.makeFolder('outside');
      person.makeFile('inside', 'text', outside);
      person.move(outside, pair.root);
      const result = await clean(pair.sync());
      assert.deepEqual(result.counts, { ...result.counts, created: 2, updated: 1, deleted: 7, moved: 1 });
      assert.equal(readFileSync(join(pair.local, 'outside', 'inside'), 'utf8'), 'text');
      assert.equal(existsSync(join(pair.local, 'folder-2')), false);
      assert.ok(!listsAll(await idle(pair)));
    }),
  );

  test(
    'goes on from an older memory: what was not remembered stands in the feed',
    withPair(async (pair) => {
      const before = readFileSync(memoryOf(pair));
      for (let index = 0; index < 5; index += 1) writeFileSync(join(pair.local, `new-${index}`), 'text');
      rmSync(join(pair.local, 'folder-0'), { recursive: true });
      await clean(pair.sync());
      // As it stands when a process is killed between its last effect and the end of the run.
      writeFileSync(memoryOf(pair), before);
      assert.ok(!listsAll(await idle(pair)));
    }),
  );

  test.each<[string, (memory: Buffer) => string | Buffer]>([
    ['is empty', () => ''],
    ['is cut off', (memory) => memory.subarray(0, memory.byteLength - 30)],
    ['is cut off at a line', (memory) => memory.subarray(0, memory.lastIndexOf('\n', memory.byteLength - 2) + 1)],
    ['lacks a line', (memory) => memory.toString().replace(/\n.*\n/, '\n')],
    ['has a flipped bit', (memory) => flipped(memory)],
    ['belongs to another pair', (memory) => memory.toString().replace(/^.*\n/, '')],
  ])('lists all when its memory %s, and tells of it', (_, damage) =>
    withPair(async (pair) => {
      writeFileSync(memoryOf(pair), damage(readFileSync(memoryOf(pair))));
      const asked = await requestsOf(pair.server, async () => {
        const { status, operations, notices } = await pair.sync();
        assert.deepEqual([status, operations], ['clean', []]);
        assert.equal(notices.length, 1);
        assert.match(notices[0]?.message ?? '', /What was remembered of the destination is damaged/);
      });
      assert.ok(listsAll(asked), asked.join());
      assert.ok(!listsAll(await idle(pair)));
    })(),
  );

  test(
    'lists all when it is told to transfer everything, and then no more',
    withPair(async (pair) => {
      const asked = await requestsOf(pair.server, () => pair.sync({}, { force: true }));
      assert.ok(listsAll(asked), asked.join());
      assert.ok(!listsAll(await idle(pair)));
    }),
  );

  test(
    'lists all when Drive met an operation with something else than it had told',
    withPair(
      async (pair) => {
        writeFileSync(join(pair.local, 'new'), 'text');
        pair.server.faults.add({
          matches: ({ method, path }) => method === 'POST' && path.startsWith('/upload/'),
          effect: { kind: 'act', act: () => void pair.server.person.makeFile('new', 'theirs', pair.root) },
        });
        const { problems } = await pair.sync();
        assert.deepEqual(
          problems.map(({ code }) => code),
          ['precondition-failed'],
        );
        const asked = await requestsOf(pair.server, () => pair.sync());
        assert.ok(listsAll(asked), asked.join());
        assert.ok(!listsAll(await idle(pair)));
      },
      { server: { now: ticking() } },
    ),
  );

  test(
    'lists all before it believes that more is gone than may be',
    withPair(async (pair) => {
      for (let index = 0; index < 9; index += 1) {
        pair.server.person.trash(pair.server.person.at(`root/folder-${index}`)?.id ?? '');
      }
      await assert.rejects(pair.sync(), { code: 'rail-deletions' });
      const asked = await requestsOf(pair.server, () => clean(pair.sync({}, { allow: ['rail-deletions'] })));
      assert.ok(listsAll(asked), asked.join());
      assert.deepEqual(readdirSync(pair.local), ['.syncengine', 'folder-9']);
    }),
  );

  test(
    'lists all when the feed does not reach back that far',
    withPair(async (pair) => {
      pair.server.person.makeFile('theirs', 'text', pair.root);
      pair.server.person.forgetChanges();
      const asked = await requestsOf(pair.server, () => clean(pair.sync()));
      assert.ok(listsAll(asked), asked.join());
      assert.equal(readFileSync(join(pair.local, 'theirs'), 'utf8'), 'text');
      assert.ok(!listsAll(await idle(pair)));
    }),
  );

  test(
    'has its ignore rules changed without a listing: what is remembered is what Drive told',
    withPair(async (pair) => {
      const ignoring: Partial<SyncEngineOptions> = { ignore: { patterns: ['/folder-1/'] } };
      assert.ok(!listsAll(await idle(pair, ignoring)));
      pair.server.person.makeFile('theirs', 'text', pair.server.person.at('root/folder-1')?.id ?? '');
      assert.ok(!listsAll(await idle(pair, ignoring)));
      assert.equal((await clean(pair.sync())).operations.length, 1);
      assert.equal(readFileSync(join(pair.local, 'folder-1', 'theirs'), 'utf8'), 'text');
    }),
  );

  test(
    'of another pair has a memory of its own of the same folder of Drive',
    withPair(async (pair) => {
      const theirs = async (): Promise<SyncResult> =>
        engine(await pair.open(), new LocalStorageClient(pair.other), pair.state).sync();
      await clean(theirs());
      writeFileSync(join(pair.other, 'from the other'), 'text');
      await clean(theirs());
      await clean(pair.sync());
      assert.equal(readFileSync(join(pair.local, 'from the other'), 'utf8'), 'text');
      writeFileSync(join(pair.local, 'from the first'), 'text');
      await clean(pair.sync());
      await clean(theirs());
      assert.equal(readFileSync(join(pair.other, 'from the first'), 'utf8'), 'text');
      assert.ok(!listsAll(await idle(pair)));
    }),
  );

  test(
    'with two pairs that share one client at the same time goes wrong in neither',
    withPair(async (pair) => {
      const client = await pair.open();
      const first = engine(new LocalStorageClient(pair.local), client, pair.state);
      const second = engine(client, new LocalStorageClient(pair.other), pair.state);
      for (let round = 0; round < 3; round += 1) {
        for (let index = 0; index < 20; index += 1) {
          writeFileSync(join(pair.local, `a-${round}-${index}`), 'text');
          writeFileSync(join(pair.other, `b-${round}-${index}`), 'text');
        }
        // One of the two lists everything anew, while the other is at work.
        if (round === 1) writeFileSync(memoryOf(pair), 'damaged');
        const results = await Promise.all([first.sync(), second.sync()]);
        assert.deepEqual(
          results.map(({ status, problems }) => [status, problems]),
          [
            ['clean', []],
            ['clean', []],
          ],
        );
      }
      await clean(second.sync());
      await clean(first.sync());
      await clean(second.sync());
      assert.deepEqual(contents(pair.other), contents(pair.local));
      assert.equal(Object.keys(contents(pair.local)).length, 60 + 120);
    }),
  );

  test(
    'finds another folder where the names of the root lead',
    withDrive(async ({ server, open }) => {
      const folder = mkdtempSync(join(tmpdir(), 'syncengine-drive-'));
      try {
        const [local, state] = [join(folder, 'local'), join(folder, 'state')];
        mkdirSync(local);
        writeFileSync(join(local, 'file'), 'text');
        const sync = async (): Promise<SyncResult> =>
          engine(new LocalStorageClient(local), await open({ folderId: undefined, path: '/Backups' }), state).sync();
        await clean(sync());
        server.person.rename(server.person.at('Backups')?.id ?? '', 'Old');
        const other = server.person.makeFolder('Backups');
        server.person.makeFile('file', 'text', other);
        server.person.makeFile('theirs', 'text', other);
        await clean(sync());
        assert.equal(readFileSync(join(local, 'theirs'), 'utf8'), 'text');
        assert.ok(server.person.at('Old/file') !== undefined);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
  );
});

function contents(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const place = join(entry.parentPath, entry.name);
    const path = place.slice(folder.length + 1);
    if (!path.startsWith('.syncengine') && entry.isFile()) found[path] = readFileSync(place, 'utf8');
  }
  return Object.fromEntries(Object.entries(found).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function flipped(memory: Buffer): Buffer {
  const copy = Buffer.from(memory);
  const at = Math.floor(copy.byteLength / 2);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
