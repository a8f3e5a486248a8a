import assert from 'node:assert/strict';
import { contentOf, type HashAlgorithm, type StorageCapabilities } from '@syncengine/core';
import { fileAt, listed, present, put, rejectsWith } from '../looking.ts';
import { digestOf, patterned } from '../material.ts';
import type { DefineTest, Suite } from '../suite.ts';

const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

/** What is declared is true, and what is not declared is not there. What has a group of its own is tested there. */
export function capabilityTests({ group, sample, parameters }: Suite): void {
  const { capabilities } = sample;

  group('what is declared', (test) => {
    test('is the same for every client of this kind', async ({ client }) => {
      assert.deepEqual(comparable(client.capabilities), comparable(capabilities));
      const methodsOf = (of: object): string[] => optionalMethods.filter((name) => Reflect.get(of, name) !== undefined);
      assert.deepEqual(methodsOf(client), methodsOf(sample));
    });

    test('agrees with the methods that are there', async ({ client }) => {
      const { symlinks, hashes, resumableWrites, modifiedAt, permissions, trash, versions } = client.capabilities;
      assert.equal(client.makeSymlink !== undefined, symlinks, 'makeSymlink and symlinks');
      assert.equal(client.hash !== undefined, hashes.onRequest.length > 0, 'hash and hashes.onRequest');
      assert.equal(client.abandon !== undefined, resumableWrites, 'abandon and resumableWrites');
      if (modifiedAt.settable === 'in-place') assert.ok(client.setMetadata, 'setMetadata and modifiedAt in-place');
      else if (!permissions) assert.equal(client.setMetadata, undefined, 'setMetadata has nothing to set');
      if (trash === 'folder') assert.ok(client.move, 'move and a trash folder');
      for (const name of versionMethods)
        assert.equal(client[name] !== undefined, versions === true, `${name} and versions`);
    });

    test('has numbers and words that make sense', async ({ client }) => {
      const { concurrency, modifiedAt, hashes } = client.capabilities;
      for (const limit of [concurrency.transfers, concurrency.operations]) {
        assert.ok(Number.isInteger(limit) && limit >= 1, `a limit of ${limit} calls`);
      }
      assert.ok(modifiedAt.precision > 0, 'a grain of times is more than nothing');
      for (const algorithm of [...hashes.listed, ...hashes.onRequest]) assert.ok(algorithms.includes(algorithm));
    });

    timeTests(test, capabilities);

    for (const algorithm of capabilities.hashes.listed) {
      test(`the ${algorithm} hash is told with every file, and is that of its content`, async (scene) => {
        const { client } = scene;
        const contents = [
          patterned(0),
          patterned(3),
          patterned(parameters.chunkSize),
          patterned(parameters.partSize * 2 + 1),
        ];
        for (const [index, content] of contents.entries()) {
          const written = await client.write(`dir/${index}`, contentOf(content));
          assert.equal(written.hashes?.[algorithm], digestOf(algorithm, content), 'after the write');
          assert.equal(
            (await fileAt(client, `dir/${index}`)).hashes?.[algorithm],
            digestOf(algorithm, content),
            'by stat',
          );
        }
        await scene.eventually(async () => {
          const entries = await listed(client, 'dir');
          const told = new Map(
            entries.map((entry) => [entry.path, entry.kind === 'file' ? entry.hashes?.[algorithm] : undefined]),
          );
          const wanted = contents.map((content, index) => [`dir/${index}`, digestOf(algorithm, content)] as const);
          assert.deepEqual(told, new Map(wanted));
        });
        await put(client, 'dir/0', 'replaced');
        assert.equal((await fileAt(client, 'dir/0')).hashes?.[algorithm], digestOf(algorithm, 'replaced'));
      });
    }

    for (const algorithm of capabilities.hashes.often ?? []) {
      test(`the ${algorithm} hash is told with many files of a listing`, async (scene) => {
        const contents = ['', 'a', 'some text', 'another text'];
        for (const [index, text] of contents.entries()) await put(scene.client, `dir/${index}`, text);
        await scene.eventually(async () => {
          const told = (await listed(scene.client, 'dir')).filter((entry) => {
            return entry.kind === 'file' && entry.hashes?.[algorithm] !== undefined;
          });
          assert.ok(told.length >= contents.length / 2, `it is told with ${told.length} of ${contents.length}`);
        });
      });
    }

    test('hashes that are told are never wrong, declared or not', async ({ client }) => {
      for (const size of [0, 1, parameters.partSize + 1]) {
        const content = patterned(size);
        await client.write('file', contentOf(content));
        const { hashes = {} } = await fileAt(client, 'file');
        for (const algorithm of algorithms) {
          const told = hashes[algorithm];
          if (told !== undefined) assert.equal(told, digestOf(algorithm, content), `${algorithm} of ${size} bytes`);
        }
      }
    });

    const undeclared = algorithms.filter((algorithm) => !capabilities.hashes.onRequest.includes(algorithm));
    if (sample.hash !== undefined && undeclared.length > 0) {
      test('hashes that are not declared are refused', async ({ client }) => {
        await put(client, 'file', 'abc');
        for (const algorithm of undeclared)
          await rejectsWith('unsupported', present(client, 'hash')('file', algorithm));
      });
    }

    if (capabilities.exactVersions === true) {
      test('versions prove the content, even of files of one size and time', async ({ client }) => {
        const modifiedAt = 1_000_000_000_000;
        const versions = new Set<string>();
        for (const text of ['one', 'two', 'six', 'ten']) {
          versions.add((await client.write('file', contentOf(text), { modifiedAt })).version);
        }
        assert.equal(versions.size, 4);
      });
    }

    test(`entries have ${capabilities.permissions ? '' : 'no '}permissions`, async ({ client }) => {
      const entry = await client.write('file', contentOf('text'), { permissions: 0o600 });
      assert.equal(entry.permissions, capabilities.permissions ? 0o600 : undefined);
    });

    identityTests(test, capabilities, sample.move !== undefined);
  });
}

function timeTests(test: DefineTest, { modifiedAt }: StorageCapabilities): void {
  if (modifiedAt.settable === 'never') {
    test('times cannot be set: the side gives its own', async ({ client }) => {
      const asked = 1_000_000_000_000;
      const entry = await client.write('file', contentOf('text'), { modifiedAt: asked });
      assert.ok(Math.abs((entry.modifiedAt ?? 0) - asked) > modifiedAt.precision, 'the time was set after all');
    });
    return;
  }

  test('times as far apart as the grain are told apart', async ({ client }) => {
    // Fractions of a millisecond are near the limit of what a number of this size can hold.
    const distance = modifiedAt.precision < 1 ? 2 * modifiedAt.precision : modifiedAt.precision;
    const first = await client.write('first', contentOf('text'), { modifiedAt: 1_234_566_000_000 });
    const second = await client.write('second', contentOf('text'), { modifiedAt: 1_234_566_000_000 + distance });
    assert.notEqual(second.modifiedAt, first.modifiedAt);
  });

  if (modifiedAt.settable === 'on-write') {
    test('times cannot be changed afterwards', async ({ client }) => {
      await put(client, 'file', 'text');
      const before = await fileAt(client, 'file');
      const outcome = await client
        .setMetadata?.('file', { modifiedAt: 1_000_000_000_000 })
        .catch((error: unknown) => error);
      assert.equal((await fileAt(client, 'file')).modifiedAt, before.modifiedAt, `setMetadata said ${String(outcome)}`);
    });
  }
}

function identityTests(test: DefineTest, { stableIdentity, directories }: StorageCapabilities, canMove: boolean): void {
  if (!stableIdentity) {
    test('entries have no identity', async ({ client }) => {
      const entry = await put(client, 'dir/file', 'text');
      assert.equal(entry.identity, undefined);
      assert.equal((await client.stat('dir'))?.identity, undefined);
    });
    return;
  }

  test('every entry has an identity of its own', async ({ client }) => {
    const one = await put(client, 'dir/one', 'text');
    const two = await put(client, 'dir/two', 'text');
    assert.ok(one.identity);
    assert.ok(two.identity);
    assert.notEqual(one.identity, two.identity);
    assert.equal((await fileAt(client, 'dir/one')).identity, one.identity);
  });

  if (!canMove) return;
  test('the identity stays with what is moved, and with what lies in it', async ({ client }) => {
    const move = present(client, 'move');
    const file = await put(client, 'dir/file', 'text');
    const directory = await client.stat('dir');
    await move('dir', 'to');
    assert.equal((await fileAt(client, 'to/file')).identity, file.identity);
    if (directories === 'real') assert.equal((await client.stat('to'))?.identity, directory?.identity);
    await move('to/file', 'elsewhere');
    assert.equal((await fileAt(client, 'elsewhere')).identity, file.identity);
  });
}

const optionalMethods: readonly string[] = [
  ...['listRecursive', 'listPacked', 'changes', 'readAll', 'move', 'copy', 'copyFrom', 'copyAllFrom', 'hash'],
  ...['makeSymlink', 'setMetadata'],
  ...['flush', 'recover', 'abandon', 'usage', 'close', 'versions', 'readVersion', 'restoreVersion'],
];

const versionMethods = ['versions', 'readVersion', 'restoreVersion'] as const;

/** The longest path may depend on where the root is. */
function comparable(capabilities: StorageCapabilities): unknown {
  const { maximumPathBytes: _depends, ...names } = capabilities.names;
  return { ...capabilities, names };
}
