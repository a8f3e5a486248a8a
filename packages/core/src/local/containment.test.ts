import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectBytes, contentOf, type Entry } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';

let base: string;
let root: string;
let client: LocalStorageClient;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'syncengine-'));
  root = join(base, 'root');
  mkdirSync(join(root, 'real'), { recursive: true });
  mkdirSync(join(base, 'outside/deep'), { recursive: true });
  writeFileSync(join(base, 'outside/file'), 'secret');
  writeFileSync(join(root, 'real/file'), 'text');
  client = new LocalStorageClient(root);
});

afterEach(() => rmSync(base, { recursive: true }));

async function list(path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of client.list(path)) entries.push(...page);
  return entries;
}

/** Every call of the protocol on something below `parent`. */
function attempts(parent: string): Readonly<Record<string, () => Promise<unknown>>> {
  const path = `${parent}/file`;
  const content = contentOf('overwritten');
  return {
    list: () => list(`${parent}/deep`),
    stat: () => client.stat(path),
    read: () => collectBytes(client.read(path)),
    hash: () => client.hash(path, 'sha256'),
    write: () => client.write(path, content),
    'write absent': () => client.write(`${parent}/new`, content, { expected: 'absent' }),
    'write below what is missing': () => client.write(`${parent}/new/deeper/file`, content),
    'keep what is replaced': () => client.write('real/file', content, { keepReplacedAt: `${parent}/kept` }),
    remove: () => client.remove(path),
    'remove directory': () => client.remove(`${parent}/deep`),
    makeDirectory: () => client.makeDirectory(`${parent}/new`),
    'makeDirectory below what is missing': () => client.makeDirectory(`${parent}/new/deeper`),
    'move from': () => client.move(path, 'stolen'),
    'move to': () => client.move('real/file', `${parent}/new`),
    'copy from': () => client.copy(path, 'stolen'),
    'copy to': () => client.copy('real/file', `${parent}/new`),
    makeSymlink: () => client.makeSymlink(`${parent}/new`, 'anything'),
    setMetadata: () => client.setMetadata(path, { modifiedAt: 0, permissions: 0o777 }),
  };
}

function outside(): string[] {
  return readdirSync(join(base, 'outside'), { recursive: true, encoding: 'utf8' }).sort();
}

describe('a link among the parents of a path', () => {
  for (const [name, target] of [
    ['absolute', () => join(base, 'outside')],
    ['relative', () => '../outside'],
    ['by a detour through the root', () => 'real/../../outside'],
  ] as const) {
    for (const method of Object.keys(attempts('link'))) {
      test(`that leads out (${name}) stops ${method}`, async () => {
        symlinkSync(target(), join(root, 'link'));
        await expect(attempts('link')[method]?.()).rejects.toMatchObject({ code: 'outside-root' });
        expect(outside()).toEqual(['deep', 'file']);
        expect(readFileSync(join(base, 'outside/file'), 'utf8')).toBe('secret');
        expect(readFileSync(join(root, 'real/file'), 'utf8')).toBe('text');
        expect(
          readdirSync(root)
            .filter((entry) => entry !== '.syncengine')
            .sort(),
        ).toEqual(['link', 'real']);
      });
    }
  }

  test('that leads to a neighbour whose name begins like the root leads out', async () => {
    mkdirSync(join(base, 'root-too'));
    symlinkSync('../root-too', join(root, 'link'));
    await expect(client.write('link/file', contentOf('x'))).rejects.toMatchObject({ code: 'outside-root' });
  });

  test('that leads nowhere makes nothing where it points', async () => {
    symlinkSync(join(base, 'outside/new'), join(root, 'link'));
    await expect(client.write('link/file', contentOf('x'))).rejects.toMatchObject({ code: 'not-a-directory' });
    await expect(client.makeDirectory('link/a/b')).rejects.toMatchObject({ code: 'not-a-directory' });
    await expect(client.makeSymlink('link/a', 'b')).rejects.toMatchObject({ code: 'not-a-directory' });
    await client.write('file', contentOf('x'));
    await expect(client.move('file', 'link/file')).rejects.toMatchObject({ code: 'not-a-directory' });
    await expect(client.copy('file', 'link/file')).rejects.toMatchObject({ code: 'not-a-directory' });
    const keep = client.write('file', contentOf('y'), { keepReplacedAt: 'link/kept' });
    await expect(keep).rejects.toMatchObject({ code: 'not-a-directory' });
    expect(outside()).toEqual(['deep', 'file']);
  });

  test('that stays inside is followed', async () => {
    symlinkSync('real', join(root, 'link'));
    await client.write('link/new/file', contentOf('through the link'));
    expect(readFileSync(join(root, 'real/new/file'), 'utf8')).toBe('through the link');
    expect((await client.stat('link/file'))?.path).toBe('link/file');
    await client.remove('link/file');
    expect(await client.stat('real/file')).toBeUndefined();
  });
});

describe('a link at the path itself', () => {
  beforeEach(() => {
    symlinkSync('../outside/file', join(root, 'file-link'));
    symlinkSync('../outside', join(root, 'directory-link'));
  });

  test('that leads out is neither read nor listed nor followed', async () => {
    await expect(collectBytes(client.read('file-link'))).rejects.toMatchObject({ code: 'outside-root' });
    await expect(list('directory-link')).rejects.toMatchObject({ code: 'outside-root' });
    for (const path of ['file-link', 'directory-link']) {
      expect((await client.stat(path, { followSymlinks: true }))?.kind).toBe('symlink');
    }
  });

  test('is replaced, moved and removed itself', async () => {
    await client.write('file-link', contentOf('own'));
    expect(readFileSync(join(root, 'file-link'), 'utf8')).toBe('own');
    await client.move('directory-link', 'moved');
    await client.remove('moved');
    expect(outside()).toEqual(['deep', 'file']);
    expect(readFileSync(join(base, 'outside/file'), 'utf8')).toBe('secret');
  });

  test('is no directory and has no metadata of its own', async () => {
    await expect(client.makeDirectory('directory-link')).rejects.toMatchObject({ code: 'not-a-directory' });
    await expect(client.setMetadata('file-link', { permissions: 0o777 })).rejects.toMatchObject({
      code: 'unsupported',
    });
  });

  test('is kept as a link when it is replaced', async () => {
    await client.write('file-link', contentOf('own'), { keepReplacedAt: '.syncengine/trash/link' });
    const kept = await client.stat('.syncengine/trash/link');
    expect(kept).toMatchObject({ kind: 'symlink', target: '../outside/file' });
  });
});

describe('the reserved folder', () => {
  test.each(['.syncengine', '.syncengine/staging'])('is not used when %s is a link that leads out', async (path) => {
    if (path !== '.syncengine') mkdirSync(join(root, '.syncengine'));
    mkdirSync(join(base, 'outside/staging'));
    symlinkSync(join(base, 'outside'), join(root, path));
    await expect(client.write('file', contentOf('x'))).rejects.toMatchObject({ code: 'not-a-directory' });
    await client.recover();
    await client.close();
    expect(outside()).toEqual(['deep', 'file', 'staging']);
  });

  test('is not what a link is followed to', async () => {
    mkdirSync(join(root, '.syncengine/trash'), { recursive: true });
    symlinkSync('.syncengine/trash', join(root, 'link'));
    expect((await client.stat('link', { followSymlinks: true }))?.kind).toBe('symlink');
  });
});

describe('the root', () => {
  test('has one id by whatever way it was reached', () => {
    symlinkSync(root, join(base, 'alias'));
    const id = `file://${root}`;
    expect(client.id).toBe(id);
    expect(new LocalStorageClient(join(base, 'alias')).id).toBe(id);
    expect(new LocalStorageClient(`${base}/./other/../root/`).id).toBe(id);
    expect(new LocalStorageClient(join(base, 'alias/not/there/yet')).id).toBe(`${id}/not/there/yet`);
    expect(new LocalStorageClient('/').id).toBe('file://');
  });

  test('that is missing is never made by anything but makeDirectory', async () => {
    const missing = new LocalStorageClient(join(base, 'a/b'));
    expect(await missing.stat('')).toBeUndefined();
    await expect(missing.list('').next()).rejects.toMatchObject({ code: 'not-found' });
    await expect(missing.write('x/file', contentOf('x'))).rejects.toMatchObject({ code: 'root-missing' });
    await expect(missing.makeDirectory('x/y')).rejects.toMatchObject({ code: 'root-missing' });
    await expect(missing.makeSymlink('link', 'x')).rejects.toMatchObject({ code: 'root-missing' });
    await expect(missing.makeSymlink('link', 'x', { expected: 'absent' })).rejects.toMatchObject({
      code: 'root-missing',
    });
    // The disk of the folder above, where the root would be; others may write to it meanwhile.
    const above = (await new LocalStorageClient(base).usage()).freeBytes ?? Number.NaN;
    const { freeBytes } = await missing.usage();
    expect(freeBytes).toBeGreaterThan(above / 2);
    expect(freeBytes).toBeLessThan(above * 2);
    await missing.recover();
    expect(readdirSync(base).sort()).toEqual(['outside', 'root']);
    await missing.makeDirectory('');
    await missing.write('x/file', contentOf('x'));
    expect(readFileSync(join(base, 'a/b/x/file'), 'utf8')).toBe('x');
  });

  test('that is a file is told as one', async () => {
    const file = new LocalStorageClient(join(base, 'outside/file'));
    expect((await file.stat(''))?.kind).toBe('file');
    await expect(file.list('').next()).rejects.toMatchObject({ code: 'not-a-directory' });
    await expect(file.write('x', contentOf('x'))).rejects.toMatchObject({ code: 'not-a-directory' });
    await expect(file.makeDirectory('')).rejects.toMatchObject({ code: 'not-a-directory' });
  });

  test('must be named', () => {
    expect(() => new LocalStorageClient('')).toThrow(TypeError);
  });
});
