import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { collectBytes, contentOf, type Entry, type SymlinkPolicy } from '@syncengine/core';
import { type OpenSsh, startOpenSsh } from '@syncengine/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SftpStorageClient } from '../src/index.ts';
import { Pair, put, readTree } from './support/pair.ts';
import { isFullScale } from './support/scale.ts';
import { connectTo, newFolder, own, withOpenSsh } from './support/server.ts';

withOpenSsh('folders of a server', () => {
  let server: OpenSsh;
  let folder: string;
  let client: SftpStorageClient;
  let pair: Pair;

  beforeAll(async () => {
    server = await startOpenSsh();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    folder = newFolder(server);
    pair = new Pair();
    client = await connectTo(server, folder);
  });
  afterEach(async () => {
    await client.close();
    pair.dispose();
  });

  const ownAll = (): unknown => {
    own(server, folder);
    return process.getuid?.() === 0 ? execFileSync('chown', ['-R', server.user, folder]) : undefined;
  };

  const listed = async (directory: string): Promise<Entry[]> => {
    const entries: Entry[] = [];
    for await (const page of client.list(directory)) entries.push(...page);
    return entries;
  };

  const many = (count: number): void => {
    mkdirSync(join(folder, 'many'));
    for (let index = 0; index < count; index += 1) writeFileSync(join(folder, 'many', `${index}`), '');
    ownAll();
  };

  test('one directory with 20,000 files is listed whole', { timeout: 240_000 }, async () => {
    many(20_000);
    const names = (await listed('many')).map((entry) => entry.path);
    expect(new Set(names).size).toBe(20_000);
    expect(names).toHaveLength(20_000);
  });

  const count = isFullScale ? 20_000 : 2_000;

  test(`one directory with ${count} files is kept in sync`, { timeout: 900_000 }, async () => {
    many(count);
    expect((await pair.engine(client).sync()).status).toBe('clean');
    expect(readdirSync(join(pair.folder, 'many'))).toHaveLength(count);
    expect((await pair.engine(client).plan()).operations).toEqual([]);
  });

  test('a deep tree is kept in sync', async () => {
    const deep = Array.from({ length: 60 }, (_, index) => `d${index}`).join('/');
    put(folder, `${deep}/remote`, 'from the server');
    put(pair.folder, `e/${deep}/local`, 'from here');
    ownAll();
    expect((await pair.engine(client).sync()).status).toBe('clean');
    expect(readFileSync(join(pair.folder, deep, 'remote'), 'utf8')).toBe('from the server');
    expect(readFileSync(join(folder, 'e', deep, 'local'), 'utf8')).toBe('from here');
    expect((await pair.engine(client).plan()).operations).toEqual([]);
  });

  describe('links', () => {
    let outside: string;

    beforeEach(() => {
      outside = newFolder(server);
      put(outside, 'secret', 'outside');
      put(folder, 'real/file', 'inside');
      symlinkSync('real/file', join(folder, 'to-file'));
      symlinkSync('real', join(folder, 'to-folder'));
      symlinkSync('..', join(folder, 'real/up'));
      symlinkSync('loop', join(folder, 'loop'));
      symlinkSync('nowhere', join(folder, 'dangling'));
      symlinkSync(outside, join(folder, 'out'));
      symlinkSync(join(outside, 'secret'), join(folder, 'out-file'));
      ownAll();
    });

    const expectations: Readonly<
      Record<SymlinkPolicy, { readonly holds: readonly string[]; readonly lacks: readonly string[] }>
    > = {
      safe: { holds: ['real/file', 'to-file', 'to-folder'], lacks: ['out', 'out-file'] },
      preserve: { holds: ['real/file', 'to-file', 'to-folder', 'out', 'out-file', 'dangling', 'loop'], lacks: [] },
      follow: { holds: ['real/file', 'to-file', 'to-folder/file'], lacks: ['out/secret', 'out-file'] },
      skip: { holds: ['real/file'], lacks: ['to-file', 'to-folder', 'out', 'out-file'] },
    };

    for (const [symlinks, { holds, lacks }] of Object.entries(expectations) as [
      SymlinkPolicy,
      (typeof expectations)['safe'],
    ][]) {
      test(`${symlinks}: what lies outside stays outside`, async () => {
        await pair.engine(client, { symlinks }).sync();
        const tree = readTree(pair.folder);
        for (const path of holds) expect([...tree.keys()]).toContain(path);
        for (const path of lacks) expect([...tree.keys()]).not.toContain(path);
        expect([...tree.values()]).not.toContain('outside');
        expect(readdirSync(outside)).toEqual(['secret']);
        expect((await pair.engine(client, { symlinks }).plan()).operations).toEqual([]);
      });
    }

    test('no call follows one out of the root', async () => {
      const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
        list: () => listed('out'),
        stat: () => client.stat('out/secret'),
        read: () => collectBytes(client.read('out/secret')),
        'read a link': () => collectBytes(client.read('out-file')),
        write: () => client.write('out/new', contentOf('x')),
        'write large': () => client.write('out/new', contentOf(new Uint8Array(1024 * 1024))),
        'write deeper': () => client.write('out/new/deeper', contentOf('x')),
        remove: () => client.remove('out/secret'),
        makeDirectory: () => client.makeDirectory('out/new'),
        'move from': () => client.move('out/secret', 'here'),
        'move to': () => client.move('real/file', 'out/new'),
        'copy from': () => client.copy('out/secret', 'here'),
        'copy to': () => client.copy('real/file', 'out/new'),
        hash: async () => client.hash?.('out/secret', 'sha256'),
        makeSymlink: () => client.makeSymlink('out/new', 'x'),
        setMetadata: () => client.setMetadata('out/secret', { modifiedAt: 0 }),
        keepReplacedAt: () => client.write('real/file', contentOf('x'), { keepReplacedAt: 'out/kept' }),
      };
      for (const [name, attempt] of Object.entries(attempts)) {
        await expect(attempt(), name).rejects.toMatchObject({ code: 'outside-root' });
      }
      expect(readdirSync(outside)).toEqual(['secret']);
      expect(readFileSync(join(folder, 'real/file'), 'utf8')).toBe('inside');
    });

    test('a folder that is exchanged for one is not followed either', async () => {
      await client.write('dir/file', contentOf('text'));
      rmSync(join(folder, 'dir'), { recursive: true });
      symlinkSync(outside, join(folder, 'dir'));
      await expect(client.write('dir/file', contentOf('x'))).rejects.toMatchObject({ code: 'outside-root' });
      expect(readdirSync(outside)).toEqual(['secret']);
    });

    test('somebody’s link in the place of the staging folder is not used', async () => {
      mkdirSync(join(folder, '.syncengine'));
      symlinkSync(outside, join(folder, '.syncengine/staging'));
      ownAll();
      await expect(client.write('file', contentOf('x'))).rejects.toMatchObject({ code: 'not-a-directory' });
      await client.recover();
      expect(readdirSync(outside)).toEqual(['secret']);
    });

    test('a root that is a link is followed once', async () => {
      const link = join(server.files, `link-${Date.now()}`);
      symlinkSync(folder, link);
      const linked = await connectTo(server, link);
      await linked.write('real/new', contentOf('text'));
      await linked.close();
      expect(readFileSync(join(folder, 'real/new'), 'utf8')).toBe('text');
    });
  });

  test('a folder that may not be read is frozen and reported, and the rest goes on', async () => {
    put(folder, 'closed/file', 'kept');
    put(folder, 'open/file', 'text');
    ownAll();
    expect((await pair.engine(client).sync()).status).toBe('clean');
    chmodSync(join(folder, 'closed'), 0);
    put(pair.folder, 'open/new', 'new');
    put(pair.folder, 'closed/file', 'edited');
    try {
      await expect(listed('closed')).rejects.toMatchObject({ code: 'permission-denied', retry: 'no' });
      const result = await pair.engine(client).sync();
      expect(result.status).toBe('problems');
      expect(result.problems).toContainEqual(
        expect.objectContaining({ path: 'closed', side: 'destination', code: 'permission-denied' }),
      );
      expect(existsSync(join(folder, 'open/new'))).toBe(true);
    } finally {
      chmodSync(join(folder, 'closed'), 0o755);
    }
    expect(readFileSync(join(folder, 'closed/file'), 'utf8')).toBe('kept');
    expect((await pair.engine(client).sync()).status).toBe('clean');
    expect(readFileSync(join(folder, 'closed/file'), 'utf8')).toBe('edited');
  });

  test('a folder that may not be written to fails its files only, and nothing stays behind', async () => {
    put(folder, 'fixed/file', 'kept');
    ownAll();
    chmodSync(join(folder, 'fixed'), 0o555);
    await expect(client.write('fixed/new', contentOf('x'))).rejects.toMatchObject({ code: 'permission-denied' });
    await expect(client.remove('fixed/file')).rejects.toMatchObject({ code: 'permission-denied' });
    await client.write('other', contentOf('x'));
    await client.close();
    expect(readdirSync(folder).sort()).toEqual(['fixed', 'other']);
  });

  test('names that are no UTF-8 are told, and left alone', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]), 'one');
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xfe])]), 'two');
    writeFileSync(join(folder, 'good \ufffd'), 'honest');
    ownAll();
    const entries = await listed('');
    expect(entries.filter((entry) => entry.kind === 'unknown').map((entry) => entry.code)).toEqual(
      Array.from({ length: 2 }, () => 'invalid-name'),
    );
    expect(new Set(entries.map((entry) => entry.path)).size).toBe(3);
    const result = await pair.engine(client).sync();
    expect(result.status).toBe('problems');
    expect(readFileSync(join(pair.folder, 'good \ufffd'), 'utf8')).toBe('honest');
    expect(readdirSync(folder)).toHaveLength(3 + Number(existsSync(join(folder, '.syncengine'))));
  });

  test('digests of many files are computed together, whatever their names are', async () => {
    const names = [
      '-z',
      '--help',
      "it's",
      'a"b',
      '$(touch gone)',
      'back\\slash',
      'line\nfeed',
      ' *.',
      'z\u0301',
      '%s',
      'a  b',
    ];
    const texts = new Map(names.map((name) => [name, `content of ${name}`]));
    for (let index = 0; index < 200; index += 1) texts.set(`plain-${index}`, `${index}`);
    for (const [name, text] of texts) put(folder, name, text);
    put(folder, 'locked', 'not for everybody');
    chmodSync(join(folder, 'locked'), 0);
    ownAll();
    const digests = [...texts].map(async ([name, text]) => {
      expect(await client.hash?.(name, 'sha256'), name).toBe(createHash('sha256').update(text).digest('hex'));
    });
    const missing = expect(client.hash?.('missing', 'sha256')).rejects.toMatchObject({ code: 'not-found' });
    const locked = expect(client.hash?.('locked', 'md5')).rejects.toMatchObject({ code: 'unsupported' });
    await Promise.all([...digests, missing]);
    expect(readdirSync(folder)).not.toContain('gone');
    expect(await client.hash?.('plain-7', 'md5')).toBe(createHash('md5').update('7').digest('hex'));
    await locked;
  });

  test('pipes and sockets are told for what they are', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    ownAll();
    expect(await listed('')).toMatchObject([{ kind: 'other', what: 'pipe', path: 'pipe' }]);
    await expect(collectBytes(client.read('pipe'))).rejects.toMatchObject({ code: 'unsupported' });
  });

  test.for([-5, 5])('a clock that is %i hours off does not matter', async (hours) => {
    const then = Math.floor(Date.now() / 1_000) + hours * 3_600;
    put(folder, 'remote', 'from the server');
    utimesSync(join(folder, 'remote'), then, then);
    put(pair.folder, 'local', 'from here');
    ownAll();
    expect((await pair.engine(client).sync()).status).toBe('clean');
    expect((await pair.engine(client).plan()).operations).toEqual([]);
    put(folder, 'local', 'edited there');
    utimesSync(join(folder, 'local'), then + 60, then + 60);
    put(pair.folder, 'remote', 'edited here');
    ownAll();
    const result = await pair.engine(client).sync();
    expect(result).toMatchObject({ status: 'clean', conflicts: [] });
    expect(readFileSync(join(pair.folder, 'local'), 'utf8')).toBe('edited there');
    expect(readFileSync(join(folder, 'remote'), 'utf8')).toBe('edited here');
    expect((await pair.engine(client).plan()).operations).toEqual([]);
  });

  test('a root that is not there is made only when that is asked for', async () => {
    const fresh = await connectTo(server, join(folder, 'not/there'));
    expect(await fresh.stat('')).toBeUndefined();
    expect((await fresh.usage()).freeBytes).toBeGreaterThan(0);
    await expect(fresh.write('file', contentOf('x'))).rejects.toMatchObject({ code: 'root-missing' });
    await fresh.makeDirectory('');
    await fresh.write('file', contentOf('x'));
    await fresh.close();
    expect(readFileSync(join(folder, 'not/there/file'), 'utf8')).toBe('x');
  });

  test('a file that its owner may not read is written and made durable', async () => {
    await client.write('file', contentOf('x'), { permissions: 0o200 });
    for (let index = 0; index < 40; index += 1) await client.write(`${index}`, contentOf('x'));
    await client.flush();
    await client.write('few', contentOf('x'));
    await client.flush();
    expect((await client.stat('file'))?.permissions).toBe(0o200);
  });
});
