import assert from 'node:assert/strict';
import { contentOf, type StorageClient } from '@syncengine/core';
import { listed, put, rejectsWith, textAt } from '../looking.ts';
import { invalidPaths, isAllowed, oddNames } from '../names.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function nameTests({ group, sample }: Suite): void {
  const { names, unicode, caseSensitive } = sample.capabilities;

  group('names', (test) => {
    for (const name of oddNames) {
      if (isAllowed(name, names)) storableName(test, name, unicode);
      else unstorableName(test, name);
    }
    lengthTests(test, sample);

    test(`${caseSensitive ? 'differ' : 'do not differ'} by case alone`, async (scene) => {
      const { client } = scene;
      await put(client, 'Name', '1');
      await put(client, 'nAME', '2');
      assert.equal(await textAt(client, 'Name'), caseSensitive ? '1' : '2');
      await scene.eventually(async () => {
        assert.equal((await listed(client, '')).filter(isVisible).length, caseSensitive ? 2 : 1);
      });
    });

    test('in composed and decomposed form are two, or one', async (scene) => {
      const { client } = scene;
      const composed = 'dir/caf\u00e9';
      const decomposed = 'dir/cafe\u0301';
      await put(client, composed, '1');
      await put(client, decomposed, '2');
      assert.equal(await textAt(client, decomposed), '2');
      const count = (await listed(client, 'dir')).length;
      if (unicode !== 'preserved') assert.equal(count, 1, 'names of one form cannot differ by the other');
      assert.equal(await textAt(client, composed), count === 2 ? '1' : '2');
      await client.remove(composed);
      await scene.eventually(async () => {
        const left = await client.stat(decomposed);
        assert.equal(left?.kind, count === 2 ? 'file' : undefined);
      });
    });

    test('that are no paths inside a root are refused by every method', async (scene) => {
      const { client } = scene;
      for (const [method, attempt] of Object.entries(attemptsOf(client))) {
        for (const path of invalidPaths) {
          const error = await rejectsWith('invalid-name', attempt(path));
          assert.equal(error.path, path, `${method} should tell which path it refused`);
        }
      }
      await scene.holds();
    });
  });
}

function storableName(test: DefineTest, name: string, unicode: 'preserved' | 'composed' | 'decomposed'): void {
  const form = { preserved: name, composed: name.normalize('NFC'), decomposed: name.normalize('NFD') }[unicode];
  test(`can be ${shown(name)}`, async (scene) => {
    const { client } = scene;
    const path = `dir/${name}`;
    const entry = await put(client, path, name);
    assert.equal(entry.path, path);
    assert.equal(await textAt(client, path), name);
    assert.equal((await client.stat(path))?.path, path);
    await scene.lists('dir', `dir/${form}`);
    // The same for the name of a directory.
    await put(client, `${name}/below`, 'text');
    await scene.lists(name, `${name}/below`);
    await scene.lists('', 'dir', form);
    await client.remove(path);
    assert.equal(await client.stat(path), undefined);
  });
}

function unstorableName(test: DefineTest, name: string): void {
  test(`cannot be ${shown(name)}, and that is said`, async (scene) => {
    await rejectsWith('unsupported-name', put(scene.client, `dir/${name}`, name));
    await rejectsWith('unsupported-name', put(scene.client, `${name}/below`, name));
    await rejectsWith('unsupported-name', scene.client.makeDirectory(`dir/${name}`));
    await scene.holds();
  });
}

function lengthTests(test: DefineTest, sample: StorageClient): void {
  const { maximumBytes, maximumPathBytes } = sample.capabilities.names;
  if (maximumBytes !== undefined) {
    test(`have up to ${maximumBytes} bytes`, async (scene) => {
      const longest = 'n'.repeat(maximumBytes);
      await put(scene.client, longest, 'text');
      await scene.holds(`file ${longest}`);
      await rejectsWith('unsupported-name', put(scene.client, `${longest}n`, 'text'));
      await scene.holds(`file ${longest}`);
    });
  }
  if (maximumPathBytes !== undefined) {
    test('make paths up to the length that is declared', async ({ client }) => {
      const length = client.capabilities.names.maximumPathBytes ?? 0;
      const longest = pathOfLength(length, Math.min(maximumBytes ?? 200, 200));
      await put(client, longest, 'text');
      assert.equal(await textAt(client, longest), 'text');
      await rejectsWith('unsupported-name', put(client, `${longest.slice(0, -1)}xx`, 'text'));
      await client.remove(longest);
    });
  }
}

/** The methods that take a path, with the path as what they are asked for. */
function attemptsOf(client: StorageClient): Readonly<Record<string, (path: string) => Promise<unknown>>> {
  const all: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    list: (path) => listed(client, path),
    stat: (path) => client.stat(path),
    read: (path) => textAt(client, path),
    write: (path) => client.write(path, contentOf('x')),
    remove: (path) => client.remove(path),
    makeDirectory: (path) => client.makeDirectory(path),
    'move from': async (path) => client.move?.(path, 'ok'),
    'move to': async (path) => client.move?.('ok', path),
    'copy from': async (path) => client.copy?.(path, 'ok'),
    'copy to': async (path) => client.copy?.('ok', path),
    hash: async (path) => client.hash?.(path, client.capabilities.hashes.onRequest[0] ?? 'sha256'),
    makeSymlink: async (path) => client.makeSymlink?.(path, 'ok'),
    setMetadata: async (path) => client.setMetadata?.(path, { modifiedAt: 0 }),
  };
  const isThere = (name: string): boolean => Reflect.get(client, name.split(' ')[0] ?? '') !== undefined;
  return Object.fromEntries(Object.entries(all).filter(([name]) => isThere(name)));
}

/** A path of exactly so many bytes, none of whose names is longer than `segment`. */
function pathOfLength(length: number, segment: number): string {
  const whole = Math.floor(length / (segment + 1));
  const rest = length - whole * (segment + 1);
  const names = Array.from({ length: whole }, () => 'p'.repeat(segment));
  if (rest > 0) return [...names, 'p'.repeat(rest)].join('/');
  // The last slash has no name behind it: the name before takes its place.
  return [...names.slice(0, -1), `${'p'.repeat(segment - 1)}/p`].join('/');
}

function isVisible(entry: { readonly path: string }): boolean {
  return entry.path !== '.syncengine';
}

function shown(name: string): string {
  const short = name.length > 40 ? `${name.slice(0, 12)}… (${Buffer.byteLength(name)} bytes)` : name;
  return JSON.stringify(short);
}
