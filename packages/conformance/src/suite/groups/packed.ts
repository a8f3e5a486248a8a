import assert from 'node:assert/strict';
import { type Entry, type ListPackedOptions, packedEntry, type StorageClient } from '@syncengine/core';
import { present, put } from '../looking.ts';
import { compareBytes, isReserved } from '../names.ts';
import type { Scene } from '../scene.ts';
import type { Suite } from '../suite.ts';
import { canBeIn, fill, numbered, treePaths, walk, walkThrough } from './trees.ts';

export function packedTests({ group, sample, parameters }: Suite): void {
  if (sample.listPacked === undefined) return;

  group('packed listing', (test) => {
    test('tells the tree as `list` does, in canonical order', async (scene) => {
      const paths = treePaths.filter(canBeIn(scene.client));
      // One name that is unusual to a store makes its whole folder so: here it has one of its own, and then not.
      await fill(
        scene.client,
        paths.map((path, index) => `${numbered(index)}/${path}`),
      );
      const entries = await tellsAll(scene);
      assert.ok(entries.length > 2 * paths.length);
      await fill(scene.client, paths);
      await tellsAll(scene);
    });

    test('an empty root has nothing to tell', async (scene) => {
      assert.deepEqual(await packedTree(scene.client), []);
    });

    test('thousands of entries come, each once', async (scene) => {
      await fill(
        scene.client,
        Array.from({ length: parameters.manyEntries }, (_, index) => `many/${numbered(index)}`),
      );
      const entries = await tellsAll(scene);
      assert.equal(entries.length, parameters.manyEntries + 1);
    });

    test('deep folders, empty ones and links come as well, or are told as unusual', async (scene) => {
      const { client } = scene;
      await put(client, `${'down/'.repeat(40)}file`, 'text');
      await client.makeDirectory('empty');
      await client.makeDirectory('between/empty');
      await client.makeSymlink?.('link', 'between');
      await tellsAll(scene);
    });

    test('what the caller looks at itself is told without what it holds', async (scene) => {
      const { client } = scene;
      await fill(client, ['a/marker', 'a/below', 'b/other', 'c/deep/down']);
      const apart = await client.stat('c');
      assert.ok(apart?.kind === 'directory' && apart.identity !== undefined, 'a folder has no identity');
      const { told, unusual } = await packed(client, { telling: ['marker'], apart: [apart.identity] });
      assert.deepEqual(told, ['a/', 'b/', 'b/other', 'c/']);
      assert.deepEqual(unusual, ['a', 'c']);
    });

    test('longer names than the caller can hold are told as unusual', async (scene) => {
      const { client } = scene;
      await fill(client, ['short/name', 'longer than that/name', 'file that is longer']);
      const { unusual } = await packed(client, { longestName: 10 });
      assert.deepEqual(unusual, ['file that is longer', 'longer than that']);
    });

    test('an aborted call throws the reason', async ({ client }) => {
      await put(client, 'a', 'text');
      const reason = new Error('enough');
      await assert.rejects(packed(client, { signal: AbortSignal.abort(reason) }), reason);
    });

    test('who stops early may go on', async (scene) => {
      const { client } = scene;
      await fill(
        client,
        Array.from({ length: parameters.manyEntries }, (_, index) => numbered(index)),
      );
      const runs = await present(client, 'listPacked')();
      assert.ok(runs !== undefined, 'a root of plain names is unusual');
      for await (const run of runs) {
        assert.ok(run.count > 0);
        break;
      }
      await put(client, 'afterwards', 'text');
      await tellsAll(scene);
    });
  });
}

/** Shows that the packed tree is the one of `list`, and gives it. */
async function tellsAll(scene: Scene): Promise<readonly Entry[]> {
  let entries: readonly Entry[] = [];
  await scene.eventually(async () => {
    entries = await packedTree(scene.client);
    assert.deepEqual(entries.map(withoutUnknown), (await walk(scene.client)).map(withoutUnknown));
  });
  return entries;
}

/** The whole tree; what is unusual is looked at, as the engine does. */
async function packedTree(client: StorageClient): Promise<Entry[]> {
  return (await packed(client)).entries;
}

interface Packed {
  readonly entries: Entry[];
  /** Order keys: directories end with a slash. */
  readonly told: string[];
  /** Paths of what was not told, in order. */
  readonly unusual: string[];
}

async function packed(client: StorageClient, options?: ListPackedOptions): Promise<Packed> {
  const result: Packed = { entries: [], told: [], unusual: [] };
  let last: string | undefined;
  const runs = await present(client, 'listPacked')(options);
  if (runs === undefined) {
    result.unusual.push('');
    result.entries.push(...(await walkThrough(client, '')).filter(({ path }) => !isReserved(path)));
    return result;
  }
  for await (const run of runs) {
    const keys = keysOf(run.start, run.walk);
    assert.equal(keys.length, run.count, 'a run says how many entries it has');
    assert.equal(keys.at(-1), run.last, 'a run says which is its last one');
    for (const [place, key] of keys.entries()) {
      assert.ok(last === undefined || compareBytes(last, key) < 0, `${key} comes after ${last}`);
      last = key;
      const path = key.endsWith('/') ? key.slice(0, -1) : key;
      if (isReserved(path)) continue;
      result.told.push(key);
      if (!run.unusual.includes(place)) result.entries.push(packedEntry(run, place, path));
      else {
        result.unusual.push(path);
        result.entries.push(...(await closer(client, path)));
      }
    }
  }
  return result;
}

/** The words of a run: a name is an entry, with a slash a directory, with two only on the way; an empty one leaves it. */
function keysOf(start: string, words: string): string[] {
  const keys: string[] = [];
  const around = start.split('/').slice(0, -1);
  for (const word of words.split('\0').slice(0, -1)) {
    if (word === '') {
      around.pop();
      continue;
    }
    const name = word.replace(/\/+$/, '');
    if (!word.endsWith('//')) keys.push([...around, word].join('/'));
    if (name !== word) around.push(name);
  }
  return keys;
}

/** What is unusual, and all that it holds. */
async function closer(client: StorageClient, path: string): Promise<Entry[]> {
  const entry = await client.stat(path);
  assert.ok(entry !== undefined, `${path} was told and is not there`);
  return entry.kind === 'directory' ? [entry, ...(await walkThrough(client, path))] : [entry];
}

/** What is not known may be told as unknown, or not at all. */
function withoutUnknown(entry: Entry): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}
