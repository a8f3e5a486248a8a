import { execFileSync } from 'node:child_process';
import type * as FileSystem from 'node:fs';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { collectBytes, contentOf } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';
import { thisOwner } from './owner.ts';

/** Which calls the disk refuses, and with what. */
const refusals = vi.hoisted(() => new Map<string, { code: string; when: (...places: string[]) => boolean }>());

/** The disk as it is, but for the refusals: they play disks that no test can bring along. */
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof FileSystem>();
  const refusing =
    <Parameters extends unknown[], Result>(name: string, call: (...parameters: Parameters) => Result) =>
    (...parameters: Parameters): Result => {
      const refusal = refusals.get(name);
      if (refusal?.when(...parameters.map(String))) {
        throw Object.assign(new Error(`${refusal.code}: refused`), { code: refusal.code, syscall: name, errno: -1 });
      }
      return call(...parameters);
    };
  return {
    ...real,
    linkSync: refusing('link', real.linkSync),
    renameSync: refusing('rename', real.renameSync),
    writeSync: refusing('write', real.writeSync),
    lstatSync: refusing('lstat', real.lstatSync),
    readdirSync: refusing('readdir', real.readdirSync),
    openSync: refusing('open', real.openSync),
    unlinkSync: refusing('unlink', real.unlinkSync),
    rmdirSync: refusing('rmdir', real.rmdirSync),
  };
});

const root = mkdtempSync(join(tmpdir(), 'syncengine-'));
let client: LocalStorageClient;

beforeEach(() => {
  mkdirSync(root, { recursive: true });
  client = new LocalStorageClient(root);
});

afterEach(() => {
  refusals.clear();
  rmSync(root, { recursive: true });
});

const always = (): boolean => true;

describe('a disk without hard links', () => {
  beforeEach(() => refusals.set('link', { code: 'EPERM', when: always }));

  test('gets files by a look and a rename', async () => {
    await client.write('dir/file', contentOf('text'), { expected: 'absent' });
    await expect(client.write('dir/file', contentOf('new'), { expected: 'absent' })).rejects.toMatchObject({
      code: 'precondition-failed',
    });
    await client.move('dir/file', 'moved');
    await client.write('file', contentOf('x'));
    await expect(client.move('moved', 'file')).rejects.toMatchObject({ code: 'already-exists' });
    await client.copy('moved', 'copy');
    await client.close();
    expect(readdirSync(root).sort()).toEqual(['copy', 'dir', 'file', 'moved']);
  });

  test('keeps what is replaced as a copy with its time', async () => {
    await client.write('file', contentOf('old'), { modifiedAt: 1_000_000_000_123, permissions: 0o640 });
    await client.write('file', contentOf('new'), { keepReplacedAt: '.syncengine/trash/file' });
    const kept = await client.stat('.syncengine/trash/file');
    expect(kept).toMatchObject({ modifiedAt: 1_000_000_000_123, permissions: 0o640, size: 3 });
    expect(readFileSync(join(root, '.syncengine/trash/file'), 'utf8')).toBe('old');
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('new');
  });
});

describe('another disk mounted below the root', () => {
  /** Names cannot cross the border of `mounted`. */
  const crosses = (from: string, to: string): boolean => {
    const isInside = (place: string): boolean => place.startsWith(join(root, 'mounted/'));
    return isInside(from) !== isInside(to);
  };

  beforeEach(() => {
    mkdirSync(join(root, 'mounted'));
    refusals.set('link', { code: 'EXDEV', when: crosses });
    refusals.set('rename', { code: 'EXDEV', when: crosses });
  });

  test('is written to in one step all the same, and left without a trace', async () => {
    const options = { expected: 'absent', modifiedAt: 1_000_000_000_000, permissions: 0o400 } as const;
    const made = await client.write('mounted/dir/a', contentOf('text'), options);
    expect(made).toMatchObject({ modifiedAt: 1_000_000_000_000, permissions: 0o400 });
    expect(await client.stat('mounted/dir/a')).toEqual(made);
    await client.write('mounted/dir/a', contentOf('new'), { expected: made.version });
    await client.write('mounted/dir/large', contentOf(new Uint8Array(600_000)));
    await client.makeSymlink('mounted/dir/link', 'a');
    await client.makeSymlink('mounted/dir/link', 'b');
    await client.copy('mounted/dir/a', 'mounted/dir/copy');
    await expect(client.write('mounted/dir/a', contentOf('x'), { expected: 'absent' })).rejects.toMatchObject({
      code: 'precondition-failed',
    });
    await client.close();
    expect(readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()).toEqual([
      'mounted',
      'mounted/dir',
      'mounted/dir/a',
      'mounted/dir/copy',
      'mounted/dir/large',
      'mounted/dir/link',
    ]);
    expect(readFileSync(join(root, 'mounted/dir/a'), 'utf8')).toBe('new');
  });

  test('keeps what is replaced on the disk of the trash', async () => {
    await client.write('mounted/file', contentOf('old'));
    await client.write('mounted/file', contentOf('new'), { keepReplacedAt: '.syncengine/trash/file' });
    expect(readFileSync(join(root, '.syncengine/trash/file'), 'utf8')).toBe('old');
  });

  test('cannot be reached by a move', async () => {
    await client.write('file', contentOf('text'));
    await expect(client.move('file', 'mounted/file')).rejects.toMatchObject({ code: 'unsupported' });
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('text');
  });

  test('is tidied up by recover after a kill', async () => {
    await client.write('mounted/dir/file', contentOf('text'));
    const { host, boot } = thisOwner();
    const gone = `${host}.${boot}.999999999.1.00ff`;
    writeFileSync(join(root, 'mounted/dir/.syncengine/staging', gone), 'half');
    // What the killed process noted is the list of this one, under another owner.
    const staging = join(root, '.syncengine/staging');
    const [list = ''] = readdirSync(staging).filter((name) => name.endsWith('-elsewhere'));
    writeFileSync(join(staging, `${gone}-elsewhere`), `${readFileSync(join(staging, list), 'utf8')}"torn`);
    rmSync(join(staging, list));
    await new LocalStorageClient(root).recover();
    expect(existsSync(join(root, '.syncengine'))).toBe(false);
    expect(readdirSync(join(root, 'mounted/dir'))).toEqual(['file']);
  });
});

describe('a disk that fails', () => {
  test.each([
    ['ENOSPC', 'no-space', 'no'],
    ['EDQUOT', 'no-space', 'no'],
    ['EACCES', 'permission-denied', 'no'],
    ['EROFS', 'permission-denied', 'no'],
    ['EIO', 'storage-failure', 'no'],
    ['EBUSY', 'storage-failure', 'yes'],
    ['EMFILE', 'storage-failure', 'yes'],
    ['ETIMEDOUT', 'timeout', 'yes'],
    ['ENAMETOOLONG', 'unsupported-name', 'no'],
  ])('with %s while content is written leaves what stood there', async (number, code, retry) => {
    await client.write('file', contentOf('old'));
    refusals.set('write', { code: number, when: always });
    const error = await client.write('file', contentOf('new')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, retry, path: 'file' });
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('old');
    await client.close();
    expect(readdirSync(root)).toEqual(['file']);
  });

  test('at the last step takes back what was kept', async () => {
    await client.write('file', contentOf('old'));
    refusals.set('rename', { code: 'EIO', when: always });
    const write = client.write('file', contentOf('new'), { keepReplacedAt: 'kept' });
    await expect(write).rejects.toMatchObject({ code: 'storage-failure' });
    await client.close();
    expect(readdirSync(root)).toEqual(['file']);
  });

  test('to take a name away leaves no second name for the content', async () => {
    await client.write('dir/file', contentOf('text'));
    refusals.set('unlink', { code: 'EACCES', when: (place) => place.endsWith('dir/file') });
    await expect(client.move('dir/file', 'moved')).rejects.toMatchObject({ code: 'permission-denied' });
    await client.close();
    expect(readdirSync(root)).toEqual(['dir']);
    expect(statSync(join(root, 'dir/file')).nlink).toBe(1);
  });

  test.each(['EROFS', 'EACCES', 'EPERM'])('with %s while tidying up keeps nobody from reading', async (number) => {
    writeFileSync(join(root, 'file'), 'text');
    mkdirSync(join(root, '.syncengine/staging'), { recursive: true });
    const { host, process: pid } = thisOwner();
    writeFileSync(join(root, `.syncengine/staging/${host}.0000.${pid}.1.abcdef`), 'left behind');
    refusals.set('unlink', { code: number, when: always });
    refusals.set('rmdir', { code: number, when: always });
    await client.recover();
    expect(Buffer.from(await collectBytes(client.read('file'))).toString()).toBe('text');
    await client.close();
  });

  test('that may be listed but not looked into is told by the first call that needs it', async () => {
    writeFileSync(join(root, 'letters'), 'x');
    refusals.set('lstat', { code: 'EACCES', when: (place) => place.startsWith(`${root}/`) });
    const closed = new LocalStorageClient(root);
    await expect(closed.stat('letters')).rejects.toMatchObject({ code: 'permission-denied' });
  });

  test('for one entry still lists the others', async () => {
    for (const name of ['a', 'b', 'c', 'gone']) writeFileSync(join(root, name), name);
    const outcomes: Readonly<Record<string, string>> = { b: 'EACCES', c: 'EIO', gone: 'ENOENT' };
    for (const [name, code] of Object.entries(outcomes)) {
      refusals.set('lstat', { code, when: (place) => place.endsWith(`/${name}`) });
      for await (const page of client.list('')) {
        expect(page.find(({ path }) => path === name)?.kind).toBe(name === 'gone' ? undefined : 'unknown');
        expect(page.find(({ path }) => path === 'a')?.kind).toBe('file');
      }
    }
  });

  test('says which directory cannot be read, and why', async () => {
    mkdirSync(join(root, 'dir'));
    for (const [number, code] of [
      ['EACCES', 'permission-denied'],
      ['EIO', 'unreadable'],
    ] as const) {
      refusals.set('readdir', { code: number, when: always });
      await expect(client.list('dir').next()).rejects.toMatchObject({ code, path: 'dir' });
    }
  });

  test('never passes for nothing being there', async () => {
    writeFileSync(join(root, 'file'), 'x');
    refusals.set('lstat', { code: 'EACCES', when: always });
    await expect(client.stat('file')).rejects.toMatchObject({ code: 'permission-denied' });
    refusals.clear();
    refusals.set('open', { code: 'EIO', when: always });
    await expect(collectBytes(client.read('file'))).rejects.toMatchObject({ code: 'unreadable' });
  });
});

describe('a disk that ignores case', () => {
  test('lets the case of a name be changed', async () => {
    // Played by two hard links: the same file answers to both spellings.
    const insensitive = new LocalStorageClient(root, { caseSensitive: false });
    writeFileSync(join(root, 'name'), 'x');
    execFileSync('ln', [join(root, 'name'), join(root, 'NAME')]);
    await insensitive.move('name', 'NAME');
    expect(statSync(join(root, 'NAME')).isFile()).toBe(true);
    await expect(insensitive.move('NAME', 'NAME')).rejects.toMatchObject({ code: 'already-exists' });
  });

  test('is found out by looking', () => {
    writeFileSync(join(root, '12'), 'no letters');
    writeFileSync(join(root, 'letters'), 'x');
    expect(new LocalStorageClient(root).capabilities.caseSensitive).toBe(true);
    execFileSync('ln', [join(root, 'letters'), join(root, 'LETTERS')]);
    rmSync(join(root, '12'));
    expect(new LocalStorageClient(root).capabilities.caseSensitive).toBe(false);
  });
});

describe('flush', () => {
  test('goes through whatever happened to what was written', async () => {
    await client.write('a/file', contentOf('x'));
    await client.write('a/b/moved', contentOf('x'));
    await client.write('a/unreadable', contentOf('x'), { permissions: 0 });
    await client.write('gone', contentOf('x'));
    await client.makeDirectory('empty/deep');
    await client.makeSymlink('a/link', 'nowhere');
    await client.move('a', 'c');
    rmSync(join(root, 'gone'));
    rmSync(join(root, 'c/b'), { recursive: true });
    await client.flush();
    await client.flush();
    await client.setMetadata('c', { modifiedAt: 5000 });
    const abort = AbortSignal.abort(new Error('enough'));
    await expect(client.flush({ signal: abort })).rejects.toThrow('enough');
    await client.flush();
  });
});

/** A disk of 1 MiB, where the machine lets us have one. */
function mountTinyDisk(place: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'syncengine-test', place], { stdio: 'ignore' });
    return true;
  } catch {
    // Only an administrator may mount; the tests above play a full disk then.
    return false;
  }
}

const tiny = mkdtempSync(join(tmpdir(), 'syncengine-'));
const isMountable = mountTinyDisk(tiny);
if (isMountable) execFileSync('umount', [tiny]);
rmSync(tiny, { recursive: true });

if (isMountable) {
  describe('a real disk of 1 MiB', () => {
    beforeEach(() => {
      mkdirSync(join(root, 'tiny'));
      mountTinyDisk(join(root, 'tiny'));
    });

    afterEach(() => execFileSync('umount', [join(root, 'tiny')]));

    test('that is full refuses, keeps what stood there and nothing else', async () => {
      const full = new LocalStorageClient(join(root, 'tiny'));
      await full.write('file', contentOf('old'));
      expect((await full.usage()).freeBytes).toBeLessThanOrEqual(1024 * 1024);
      for (const size of [200_000, 5_000_000]) {
        for (let index = 0; index < 5; index += 1) {
          await full.write(`filler-${index}`, contentOf(new Uint8Array(200_000))).catch(() => undefined);
        }
        const write = full.write('file', contentOf(new Uint8Array(size)));
        await expect(write).rejects.toMatchObject({ code: 'no-space', path: 'file' });
      }
      await full.close();
      expect(readFileSync(join(root, 'tiny/file'), 'utf8')).toBe('old');
      expect(readdirSync(join(root, 'tiny')).filter((name) => !name.startsWith('filler'))).toEqual(['file']);
    });

    test('below the root is written to in one step', async () => {
      symlinkSync('tiny', join(root, 'alias'));
      const made = await client.write('alias/new/file', contentOf('text'), { expected: 'absent', modifiedAt: 5000 });
      expect(made.modifiedAt).toBe(5000);
      await client.write('tiny/new/file', contentOf('more'), { keepReplacedAt: '.syncengine/trash/file' });
      expect(readFileSync(join(root, '.syncengine/trash/file'), 'utf8')).toBe('text');
      utimesSync(join(root, 'tiny/new/file'), 1, 1);
      await expect(client.move('tiny/new/file', 'file')).rejects.toMatchObject({ code: 'unsupported' });
      await client.flush();
      await client.close();
      expect(readdirSync(join(root, 'tiny/new'))).toEqual(['file']);
    });
  });
}
