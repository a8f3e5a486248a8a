import assert from 'node:assert/strict';
import { contentOf, type StorageClient } from '../storage/index.ts';
import { everything, fileAt, listed, pathsIn, present, put, rejectsWith, type Suite, textAt } from './kit.ts';

export function changeTests(suite: Suite): void {
  removeTests(suite);
  directoryTests(suite);
  if (suite.sample.move !== undefined) moveTests(suite);
  if (suite.sample.copy !== undefined) copyTests(suite);
  if (suite.sample.makeSymlink !== undefined) linkTests(suite);
  if (suite.sample.setMetadata !== undefined) metadataTests(suite);
  householdTests(suite);
}

function removeTests({ describe, test, sample }: Suite): void {
  describe('remove', () => {
    test('takes a file away', async (client) => {
      const { version } = await put(client, 'dir/file', 'text');
      await client.remove('dir/file', { expected: version });
      assert.equal(await client.stat('dir/file'), undefined);
    });

    test('what is missing is not found', async (client) => {
      await rejectsWith('not-found', client.remove('missing'));
      await rejectsWith('not-found', client.remove('missing/deeper'));
    });

    test('another version than the expected one stays', async (client) => {
      const { version } = await put(client, 'file', 'text');
      await put(client, 'file', 'newer text');
      await rejectsWith('precondition-failed', client.remove('file', { expected: version }));
      assert.equal(await textAt(client, 'file'), 'newer text');
    });

    test('a directory that holds something stays', async (client) => {
      await put(client, 'dir/file', 'text');
      await rejectsWith('not-empty', client.remove('dir'));
      assert.equal(await textAt(client, 'dir/file'), 'text');
    });

    test('the root stays', async (client) => {
      await rejectsWith('unsupported', client.remove(''));
      assert.equal((await client.stat(''))?.kind, 'directory');
    });

    if (sample.capabilities.directories === 'real') {
      test('takes an empty directory away', async (client) => {
        await client.makeDirectory('dir');
        await client.remove('dir');
        assert.equal(await client.stat('dir'), undefined);
      });
    }
  });
}

function directoryTests({ describe, test, sample }: Suite): void {
  const isReal = sample.capabilities.directories === 'real';

  describe('makeDirectory', () => {
    test(`makes it with its parents${isReal ? '' : ', as far as files will be in it'}`, async (client) => {
      const made = await client.makeDirectory('a/b/c');
      assert.equal(made.kind, 'directory');
      assert.equal(made.path, 'a/b/c');
      assert.deepEqual(await everything(client), isReal ? ['directory a', 'directory a/b', 'directory a/b/c'] : []);
    });

    test('one that is there is fine, and keeps what it holds', async (client) => {
      await put(client, 'dir/file', 'text');
      assert.equal((await client.makeDirectory('dir')).kind, 'directory');
      assert.equal((await client.makeDirectory('')).kind, 'directory');
      assert.equal(await textAt(client, 'dir/file'), 'text');
    });

    test('a file is in the way', async (client) => {
      await put(client, 'file', 'text');
      await rejectsWith('not-a-directory', client.makeDirectory('file'));
      if (isReal) await rejectsWith('not-a-directory', client.makeDirectory('file/below'));
      assert.equal(await textAt(client, 'file'), 'text');
    });

    if (isReal && sample.capabilities.permissions) {
      test('has the permissions that were asked for', async (client) => {
        const made = await client.makeDirectory('dir', { permissions: 0o750 });
        assert.equal(made.permissions, 0o750);
        await client.makeDirectory('dir', { permissions: 0o700 });
        assert.equal((await client.stat('dir'))?.permissions, 0o750);
      });
    }

    if (!isReal) {
      test('a directory is gone with its last file', async (client) => {
        await put(client, 'a/b/file', 'text');
        await client.remove('a/b/file');
        assert.equal(await client.stat('a'), undefined);
        await rejectsWith('not-found', client.remove('a'));
      });
    }
  });
}

function moveTests({ describe, test, sample }: Suite): void {
  const { capabilities } = sample;
  const move = (client: StorageClient, ...parameters: Parameters<NonNullable<StorageClient['move']>>): Promise<void> =>
    present(client.move, 'move').call(client, ...parameters);

  describe('move', () => {
    test('renames a file, making parents', async (client) => {
      const { version, identity } = await put(client, 'from', 'text');
      await move(client, 'from', 'new/dir/to', { expected: version });
      assert.equal(await client.stat('from'), undefined);
      assert.equal(await textAt(client, 'new/dir/to'), 'text');
      assert.equal((await fileAt(client, 'new/dir/to')).identity, identity);
    });

    test('renames a directory with all that it holds', async (client) => {
      await put(client, 'from/a/b', 'text');
      await put(client, 'from/c', 'more');
      await move(client, 'from', 'into/to');
      assert.deepEqual(await everything(client), [
        'directory into',
        'directory into/to',
        'directory into/to/a',
        'file into/to/a/b',
        'file into/to/c',
      ]);
    });

    test('replaces nothing', async (client) => {
      await put(client, 'from', 'text');
      await put(client, 'to', 'standing');
      await put(client, 'dir/file', 'text');
      await rejectsWith('already-exists', move(client, 'from', 'to'));
      await rejectsWith('already-exists', move(client, 'from', 'dir'));
      await rejectsWith('already-exists', move(client, 'dir', 'to'));
      assert.equal(await textAt(client, 'to'), 'standing');
      assert.equal(await textAt(client, 'from'), 'text');
    });

    test('what is missing is not found', async (client) => {
      await rejectsWith('not-found', move(client, 'missing', 'to'));
      assert.equal(await client.stat('to'), undefined);
    });

    test('another version than the expected one stays', async (client) => {
      const { version } = await put(client, 'from', 'text');
      await put(client, 'from', 'newer text');
      await rejectsWith('precondition-failed', move(client, 'from', 'to', { expected: version }));
      assert.equal(await textAt(client, 'from'), 'newer text');
    });

    test('a directory does not go into itself, and the root not at all', async (client) => {
      await put(client, 'dir/file', 'text');
      await rejectsWith('unsupported', move(client, 'dir', 'dir/below'));
      await rejectsWith('unsupported', move(client, 'dir', 'dir/below/deeper'));
      if (!capabilities.caseSensitive) await rejectsWith('unsupported', move(client, 'dir', 'DIR/below'));
      await client.makeSymlink?.('link', 'dir');
      if (capabilities.symlinks) await rejectsWith('unsupported', move(client, 'dir', 'link/below'));
      await rejectsWith('unsupported', move(client, '', 'below'));
      assert.equal(await textAt(client, 'dir/file'), 'text');
    });

    test('a change of case only works', async (client) => {
      await put(client, 'dir/name', 'text');
      await move(client, 'dir/name', 'dir/NAME');
      assert.deepEqual(await pathsIn(client, 'dir'), ['dir/NAME']);
      await move(client, 'dir', 'DIR');
      assert.deepEqual(await pathsIn(client, ''), ['DIR']);
      assert.equal(await textAt(client, 'DIR/NAME'), 'text');
    });

    if (capabilities.directories === 'real') {
      test('renames an empty directory', async (client) => {
        await client.makeDirectory('from');
        await move(client, 'from', 'to');
        assert.deepEqual(await everything(client), ['directory to']);
      });
    }
  });
}

function copyTests({ describe, test, sample }: Suite): void {
  const { capabilities } = sample;

  describe('copy', () => {
    test('gives a second file with the same content and time', async (client) => {
      const copy = present(client.copy, 'copy').bind(client);
      const from = await client.write('from', contentOf('text'), { modifiedAt: 1_000_000_000_000 });
      const to = await copy('from', 'new/to', { expected: from.version });
      assert.equal(await textAt(client, 'new/to'), 'text');
      assert.deepEqual(await fileAt(client, 'new/to'), to);
      assert.deepEqual(await fileAt(client, 'from'), from);
      if (capabilities.modifiedAt.settable !== 'never') assert.equal(to.modifiedAt, from.modifiedAt);
      assert.equal(to.permissions, from.permissions);
    });

    test('replaces nothing, and finds only what is there', async (client) => {
      const copy = present(client.copy, 'copy').bind(client);
      const { version } = await put(client, 'from', 'text');
      await put(client, 'to', 'standing');
      await put(client, 'dir/file', 'text');
      await rejectsWith('already-exists', copy('from', 'to'));
      await rejectsWith('already-exists', copy('from', 'dir'));
      await rejectsWith('not-found', copy('missing', 'new'));
      await rejectsWith('is-a-directory', copy('dir', 'new'));
      await put(client, 'from', 'newer text');
      await rejectsWith('precondition-failed', copy('from', 'new', { expected: version }));
      assert.deepEqual(await everything(client), ['directory dir', 'file dir/file', 'file from', 'file to']);
      assert.equal(await textAt(client, 'to'), 'standing');
    });
  });
}

function linkTests({ describe, test }: Suite): void {
  describe('makeSymlink', () => {
    test('tells its target as it is written, even when that leads nowhere or out', async (client) => {
      const link = present(client.makeSymlink, 'makeSymlink').bind(client);
      for (const target of ['missing', '../outside', '/etc/hostname', 'a//b/./c', 'spaces and \n']) {
        const made = await link('dir/link', target);
        assert.equal(made.target, target);
        assert.deepEqual(await client.stat('dir/link'), made);
        assert.deepEqual(await client.stat('dir/link', { followSymlinks: true }), made);
        assert.deepEqual(await listed(client, 'dir', true), [made]);
        await client.remove('dir/link', { expected: made.version });
      }
    });

    test('keeps its precondition, and replaces files and links but no directories', async (client) => {
      const link = present(client.makeSymlink, 'makeSymlink').bind(client);
      const first = await link('link', 'one', { expected: 'absent' });
      await rejectsWith('precondition-failed', link('link', 'two', { expected: 'absent' }));
      const second = await link('link', 'two', { expected: first.version });
      assert.notEqual(second.version, first.version);
      await rejectsWith('precondition-failed', link('link', 'three', { expected: first.version }));
      await put(client, 'file', 'text');
      await link('file', 'four');
      await put(client, 'dir/file', 'text');
      await rejectsWith('is-a-directory', link('dir', 'five'));
      assert.deepEqual(await everything(client), ['directory dir', 'file dir/file', 'symlink file', 'symlink link']);
    });

    test('a file takes the place of a link, not of what it points to', async (client) => {
      await put(client, 'target', 'text');
      await present(client.makeSymlink, 'makeSymlink').call(client, 'link', 'target');
      await put(client, 'link', 'own text');
      assert.equal((await client.stat('link'))?.kind, 'file');
      assert.equal(await textAt(client, 'target'), 'text');
    });

    test('a link can be moved and removed without touching what it points to', async (client) => {
      await put(client, 'dir/file', 'text');
      await present(client.makeSymlink, 'makeSymlink').call(client, 'link', 'dir');
      await client.move?.('link', 'renamed');
      assert.equal((await client.stat(client.move === undefined ? 'link' : 'renamed'))?.kind, 'symlink');
      await client.remove(client.move === undefined ? 'link' : 'renamed');
      assert.equal(await textAt(client, 'dir/file'), 'text');
    });

    test('is followed inside the root by who wants that', async (client) => {
      const link = present(client.makeSymlink, 'makeSymlink').bind(client);
      const file = await put(client, 'real/file', 'text');
      await link('real/to-file', 'file');
      await link('to-directory', 'real');
      const followed = await client.stat('real/to-file', { followSymlinks: true });
      assert.deepEqual(followed, { ...file, path: 'real/to-file' });
      const version = followed?.kind === 'file' ? followed.version : undefined;
      const chunks = client.read('real/to-file', { expected: version });
      for await (const chunk of chunks) assert.equal(Buffer.from(chunk).toString(), 'text');
      assert.equal((await client.stat('to-directory', { followSymlinks: true }))?.kind, 'directory');
      assert.equal((await client.stat('to-directory'))?.kind, 'symlink');
      assert.deepEqual(await pathsIn(client, 'to-directory'), ['to-directory/file', 'to-directory/to-file']);
    });

    test('is not followed to a directory that is on the way to it', async (client) => {
      const link = present(client.makeSymlink, 'makeSymlink').bind(client);
      await put(client, 'a/file', 'text');
      await put(client, 'b/file', 'text');
      await link('a/self', '.');
      await link('a/root', '..');
      await link('a/b', '../b');
      await link('b/a', '../a');
      await link('loop', 'loop');
      const kinds = async (path: string): Promise<unknown> => (await client.stat(path, { followSymlinks: true }))?.kind;
      assert.equal(await kinds('a/self'), 'symlink');
      assert.equal(await kinds('a/root'), 'symlink');
      assert.equal(await kinds('a/b'), 'directory');
      assert.equal(await kinds('a/b/a'), 'symlink');
      assert.equal(await kinds('loop'), 'symlink');
    });
  });
}

function metadataTests({ describe, test, sample }: Suite): void {
  const { capabilities } = sample;
  const isReal = capabilities.directories === 'real';

  describe('setMetadata', () => {
    const paths = isReal ? ['dir/file', 'dir'] : ['dir/file'];
    for (const path of paths) {
      if (capabilities.modifiedAt.settable === 'in-place') {
        test(`sets the time of ${path}`, async (client) => {
          await put(client, 'dir/file', 'text');
          const set = present(client.setMetadata, 'setMetadata').bind(client);
          const before = await client.stat(path);
          const after = await set(path, { modifiedAt: 1_000_000_000_000 });
          assert.equal(after.modifiedAt, 1_000_000_000_000);
          assert.equal(after.permissions, before?.permissions);
          assert.deepEqual(await client.stat(path), after);
          assert.equal(await textAt(client, 'dir/file'), 'text');
        });
      }
      if (capabilities.permissions) {
        test(`sets the permissions of ${path}`, async (client) => {
          await put(client, 'dir/file', 'text');
          const set = present(client.setMetadata, 'setMetadata').bind(client);
          const before = await client.stat(path);
          const after = await set(path, { permissions: 0o750 });
          assert.equal(after.permissions, 0o750);
          assert.equal(after.modifiedAt, before?.modifiedAt);
          assert.deepEqual(await client.stat(path), after);
        });
      }
    }

    test('keeps its precondition, and finds only what is there', async (client) => {
      const set = present(client.setMetadata, 'setMetadata').bind(client);
      const { version } = await put(client, 'file', 'text');
      const newer = await put(client, 'file', 'newer text');
      await rejectsWith('precondition-failed', set('file', { modifiedAt: 0 }, { expected: version }));
      assert.deepEqual(await client.stat('file'), newer);
      await set('file', { modifiedAt: 0 }, { expected: newer.version });
      await rejectsWith('not-found', set('missing', { modifiedAt: 0 }));
    });
  });
}

function householdTests({ describe, test, sample }: Suite): void {
  describe('household', () => {
    test('an id and capabilities are told', async (client) => {
      assert.ok(client.id.length > 0);
      assert.deepEqual(client.capabilities, sample.capabilities);
      assert.equal(client.capabilities.symlinks, client.makeSymlink !== undefined);
    });

    test('flush, recover, usage and close, where they are there, leave everything as it is', async (client) => {
      await put(client, 'dir/file', 'text');
      const before = await everything(client);
      await client.recover?.();
      await client.flush?.();
      const usage = await client.usage?.();
      assert.ok((usage?.freeBytes ?? 1) > 0);
      assert.deepEqual(await everything(client), before);
      await client.close?.();
    });
  });
}
