import assert from 'node:assert/strict';
import { compareUtf8, nameOf, orderKey, unsupportedName } from '../paths/index.ts';
import { contentOf, type Entry, type StorageClient } from '../storage/index.ts';
import { everything, fileAt, listed, oddNames, pathsIn, present, put, rejectsWith, type Suite, textAt } from './kit.ts';

/** What every method must refuse before it does anything. */
const invalidPaths = ['..', '.', '../a', 'a/../b', 'a/./b', '/a', 'a/', 'a//b', 'a\0b', '/', 'lone \ud800 surrogate'];

export function lookingTests({ describe, test, sample }: Suite): void {
  const { capabilities } = sample;

  describe('listing', () => {
    test('an empty root has no children', async (client) => {
      assert.deepEqual(await listed(client, ''), []);
    });

    test('a missing directory is an error, not an empty list', async (client) => {
      await rejectsWith('not-found', listed(client, 'missing'));
      await rejectsWith('not-found', listed(client, 'missing/deeper'));
    });

    test('a file has no children', async (client) => {
      await put(client, 'file', 'text');
      await rejectsWith('not-a-directory', listed(client, 'file'));
    });

    test('children are direct ones, told by their whole path', async (client) => {
      await put(client, 'top', '1');
      await put(client, 'a/b/deep', '2');
      await put(client, 'a/file', '3');
      assert.deepEqual(await pathsIn(client, ''), ['a', 'top']);
      assert.deepEqual(await pathsIn(client, 'a'), ['a/b', 'a/file']);
      assert.deepEqual(await pathsIn(client, 'a/b'), ['a/b/deep']);
    });

    test('thousands of children come once each', async (client) => {
      const names = Array.from({ length: 2500 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
      await Promise.all(names.map((name) => put(client, name, name)));
      assert.deepEqual(await pathsIn(client, 'many'), names);
    });

    test('tells the same as stat', async (client) => {
      await put(client, 'dir/file', 'text');
      for (const entry of await listed(client, 'dir')) assert.deepEqual(entry, await client.stat(entry.path));
    });

    test('an aborted call throws the reason', async (client) => {
      await put(client, 'dir/file', 'text');
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      const list = async (): Promise<void> => {
        for await (const page of client.list('dir', { signal })) assert.fail(`a page of ${page.length} came`);
      };
      await assert.rejects(list(), reason);
      await assert.rejects(client.stat('dir', { signal }), reason);
    });

    if (sample.listRecursive !== undefined) recursiveTests(test);
  });

  describe('names', () => {
    for (const name of oddNames) {
      const problem = unsupportedName(name, name, capabilities.names);
      if (problem === undefined) {
        test(`can be ${JSON.stringify(name).slice(0, 40)}`, async (client) => {
          const path = `dir/${name}`;
          await put(client, path, name);
          assert.equal(await textAt(client, path), name);
          const form = { preserved: name, composed: name.normalize('NFC'), decomposed: name.normalize('NFD') };
          assert.deepEqual(await pathsIn(client, 'dir'), [`dir/${form[capabilities.unicode]}`]);
          await client.remove(path);
          assert.equal(await client.stat(path), undefined);
        });
      } else {
        test(`cannot be ${JSON.stringify(name).slice(0, 40)}, and that is said`, async (client) => {
          await rejectsWith('unsupported-name', put(client, `dir/${name}`, name));
          assert.deepEqual(await everything(client), []);
        });
      }
    }

    test(`${capabilities.caseSensitive ? 'differ' : 'do not differ'} by case alone`, async (client) => {
      await put(client, 'Name', '1');
      await put(client, 'nAME', '2');
      assert.equal(await textAt(client, 'Name'), capabilities.caseSensitive ? '1' : '2');
      assert.equal((await pathsIn(client, '')).length, capabilities.caseSensitive ? 2 : 1);
    });

    test('that are no paths inside a root are refused by every method', async (client) => {
      const attempts: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
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
        hash: async (path) => client.hash?.(path, 'sha256'),
        makeSymlink: async (path) => client.makeSymlink?.(path, 'ok'),
        setMetadata: async (path) => client.setMetadata?.(path, { modifiedAt: 0 }),
      };
      const isThere = (name: string): boolean => {
        const [method = ''] = name.split(' ');
        return Reflect.get(client, method) !== undefined;
      };
      for (const [name, attempt] of Object.entries(attempts).filter(([method]) => isThere(method))) {
        for (const path of invalidPaths) {
          const error = await rejectsWith('invalid-name', attempt(path));
          assert.equal(error.path, path, name);
        }
      }
    });
  });

  describe('stat', () => {
    test('the root is a directory', async (client) => {
      assert.equal((await client.stat(''))?.kind, 'directory');
    });

    test('nothing stands at a missing path, nor below a file', async (client) => {
      await put(client, 'file', 'text');
      assert.equal(await client.stat('missing'), undefined);
      assert.equal(await client.stat('missing/deeper'), undefined);
      assert.equal(await client.stat('file/below'), undefined);
    });

    test('a file has a size, a time and a version', async (client) => {
      await put(client, 'file', 'four');
      const entry = await fileAt(client, 'file');
      assert.equal(entry.path, 'file');
      assert.equal(entry.size, 4);
      assert.equal(typeof entry.modifiedAt, 'number');
      assert.equal(entry.permissions === undefined, !capabilities.permissions);
      assert.equal(entry.identity === undefined, !capabilities.stableIdentity);
    });

    test('a version stays while nothing changes, and changes with the content', async (client) => {
      await put(client, 'file', 'one');
      const before = await fileAt(client, 'file');
      assert.equal((await fileAt(client, 'file')).version, before.version);
      await put(client, 'file', 'other');
      assert.notEqual((await fileAt(client, 'file')).version, before.version);
    });

    for (const algorithm of capabilities.hashes.listed) {
      test(`tells the ${algorithm} hash of a file`, async (client) => {
        const told = (await put(client, 'file', 'abc')).hashes?.[algorithm];
        assert.equal(told, knownHashes[algorithm]);
        assert.equal((await fileAt(client, 'file')).hashes?.[algorithm], knownHashes[algorithm]);
      });
    }
  });

  if (sample.hash !== undefined) {
    describe('hash', () => {
      for (const algorithm of capabilities.hashes.onRequest) {
        test(`gives ${algorithm} in lower-case hexadecimal`, async (client) => {
          const entry = await put(client, 'file', 'abc');
          const hash = present(client.hash, 'hash').bind(client);
          assert.equal(await hash('file', algorithm), knownHashes[algorithm]);
          assert.equal(await hash('file', algorithm, { expected: entry.version }), knownHashes[algorithm]);
          await rejectsWith('source-changed', hash('file', algorithm, { expected: 'another' }));
          await rejectsWith('not-found', hash('missing', algorithm));
        });
      }
    });
  }
}

/** Of the text `abc`. */
const knownHashes = {
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  md5: '900150983cd24fb0d6963f7d28e17f72',
  crc32: '352441c2',
} as const;

function recursiveTests(test: Suite['test']): void {
  test('the whole tree comes in canonical order', async (client) => {
    for (const path of ['a/x', 'a.b', 'a', 'a-', 'b/c/d', 'b0', 'Z', 'é', '\uffff', '😀']) {
      if (path !== 'a') await put(client, path, path);
    }
    const tree: Entry[] = [];
    for await (const page of present(client.listRecursive, 'listRecursive').call(client)) tree.push(...page);
    assert.deepEqual(tree, await walk(client, ''));
  });
}

/** Depth first, each directory in canonical order. */
async function walk(client: StorageClient, directory: string): Promise<Entry[]> {
  const key = (entry: Entry): string => orderKey(nameOf(entry.path), entry.kind === 'directory');
  const entries: Entry[] = [];
  for (const entry of (await listed(client, directory)).sort((a, b) => compareUtf8(key(a), key(b)))) {
    entries.push(entry);
    if (entry.kind === 'directory') entries.push(...(await walk(client, entry.path)));
  }
  return entries;
}
