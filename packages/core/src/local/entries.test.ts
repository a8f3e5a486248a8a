import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectBytes, contentOf, type Entry } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';

let root: string;
let client: LocalStorageClient;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'syncengine-'));
  client = new LocalStorageClient(root);
});

afterEach(() => rmSync(root, { recursive: true }));

async function list(path = '', followSymlinks = false): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of client.list(path, { followSymlinks })) entries.push(...page);
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

test('no file is removed where a directory is meant', async () => {
  writeFileSync(join(root, 'path'), 'text');
  await expect(client.remove('path', { kind: 'directory' })).rejects.toMatchObject({ code: 'precondition-failed' });
  unlinkSync(join(root, 'path'));
  mkdirSync(join(root, 'path'));
  await client.remove('path', { kind: 'directory' });
  expect(await list()).toEqual([]);
});

describe('a listing', () => {
  test('tells names that are no UTF-8 as unknown, and the others as they are', async () => {
    mkdirSync(join(root, 'dir'));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/dir/bad-`), Buffer.from([0xff, 0xfe, 0x0a])]), 'x');
    writeFileSync(join(root, 'dir/honest \ufffd'), 'x');
    const entries = await list('dir');
    expect(entries.map(({ kind, path }) => [kind, path])).toEqual([
      ['unknown', 'dir/bad-\\xff\\xfe\\x0a'],
      ['file', 'dir/honest \ufffd'],
    ]);
    expect(entries[0]).toMatchObject({ code: 'invalid-name' });
  });

  test('tells a link to a name that is no UTF-8 as unknown', async () => {
    symlinkSync(Buffer.from([0x61, 0xff]), join(root, 'link'));
    symlinkSync('honest \ufffd', join(root, 'other'));
    expect((await list()).map(({ kind }) => kind)).toEqual(['unknown', 'symlink']);
  });

  test('tells pipes and sockets as other, and does not wait for them', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
    try {
      expect(await list()).toMatchObject([
        { kind: 'other', what: 'pipe' },
        { kind: 'other', what: 'socket' },
      ]);
      await expect(collectBytes(client.read('pipe'))).rejects.toMatchObject({ code: 'unsupported' });
      await expect(client.copy('pipe', 'copy')).rejects.toMatchObject({ code: 'unsupported' });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('lets others have their turn in large directories and in many small ones', async () => {
    for (let index = 0; index < 1100; index += 1) mkdirSync(join(root, `d${index}`));
    const walks = [
      () => list(),
      async () => {
        for (let index = 0; index < 1100; index += 1) await list(`d${index}`);
      },
    ];
    for (const walk of walks) {
      let turns = 0;
      const taken = setImmediate(() => {
        turns += 1;
      });
      await walk();
      clearImmediate(taken);
      expect(turns).toBe(1);
    }
  });

  test('follows links where that is wanted', async () => {
    mkdirSync(join(root, 'dir'));
    writeFileSync(join(root, 'dir/file'), 'text');
    symlinkSync('file', join(root, 'dir/link'));
    symlinkSync('..', join(root, 'dir/up'));
    const [file, link, up] = await list('dir', true);
    expect(link).toEqual({ ...file, path: 'dir/link' });
    expect(up?.kind).toBe('symlink');
  });
});

describe('a version', () => {
  test('changes when content of the same size is written and the time is put back', async () => {
    writeFileSync(join(root, 'file'), 'one');
    utimesSync(join(root, 'file'), 1000, 1000);
    const before = await client.stat('file');
    writeFileSync(join(root, 'file'), 'two');
    utimesSync(join(root, 'file'), 1000, 1000);
    const after = await client.stat('file');
    expect(after?.modifiedAt).toBe(before?.modifiedAt);
    expect(after).not.toEqual(before);
    expect(after?.kind === 'file' && before?.kind === 'file' && after.version === before.version).toBe(false);
  });

  test('is not that of another file with the same size and time', async () => {
    for (const name of ['a', 'b']) {
      writeFileSync(join(root, name), 'text');
      utimesSync(join(root, name), 1000, 1000);
    }
    const [a, b] = await list();
    expect(a?.kind === 'file' && b?.kind === 'file' && a.version === b.version).toBe(false);
  });

  test('of what write returned still stands after the write', async () => {
    const made = await client.write('file', contentOf('text'), { expected: 'absent' });
    const changed = await client.write('file', contentOf('more'), { expected: made.version, keepReplacedAt: 'kept' });
    expect(await client.stat('file')).toEqual(changed);
  });
});

describe('times', () => {
  test('come back within the declared precision', async () => {
    const { precision } = client.capabilities.modifiedAt;
    const year2200 = 7_258_118_400_000;
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -1e11, max: year2200, noNaN: true }), async (modifiedAt) => {
        const entry = await client.write('file', contentOf(''), { modifiedAt });
        expect(Math.abs((entry.modifiedAt ?? 0) - modifiedAt)).toBeLessThan(precision);
        const again = await client.setMetadata('file', { modifiedAt });
        expect(again.modifiedAt).toBe(entry.modifiedAt);
      }),
      { numRuns: 200 },
    );
  });

  test('that were read are set exactly', async () => {
    const from = await client.write('a', contentOf('x'));
    const to = await client.write('b', contentOf('x'), { modifiedAt: from.modifiedAt });
    const third = await client.write('c', contentOf('x'), { modifiedAt: to.modifiedAt });
    expect(third.modifiedAt).toBe(to.modifiedAt);
    expect(Math.abs((to.modifiedAt ?? 0) - (from.modifiedAt ?? 0))).toBeLessThan(0.001);
  });
});

describe('permissions', () => {
  test('of new files follow the mask of the process', async () => {
    const mask = process.umask(0o027);
    try {
      expect((await client.write('file', contentOf('x'))).permissions).toBe(0o640);
      expect((await client.makeDirectory('dir')).permissions).toBe(0o750);
    } finally {
      process.umask(mask);
    }
  });

  test('never carry the bits beyond the nine', async () => {
    expect((await client.write('file', contentOf('x'), { permissions: 0o4755 })).permissions).toBe(0o755);
    execFileSync('chmod', ['4711', join(root, 'file')]);
    const replaced = await client.write('file', contentOf('y'));
    expect(replaced.permissions).toBe(0o711);
    expect(execFileSync('stat', ['-c', '%a', join(root, 'file')], { encoding: 'utf8' }).trim()).toBe('711');
  });
});

test('hard links stay two files: a write to one does not change the other', async () => {
  writeFileSync(join(root, 'a'), 'text');
  linkSync(join(root, 'a'), join(root, 'b'));
  await client.write('a', contentOf('changed'));
  expect(Buffer.from(await collectBytes(client.read('b'))).toString()).toBe('text');
  await expect(client.move('b', 'a')).rejects.toMatchObject({ code: 'already-exists' });
});

test('a file that grows while it is read ends where it ended when it was opened', async () => {
  writeFileSync(join(root, 'log'), Buffer.alloc(3_000_000, 'a'));
  const reading = client.read('log');
  const first = await reading.next();
  writeFileSync(join(root, 'log'), 'more', { flag: 'a' });
  let length = first.done === true ? 0 : first.value.byteLength;
  for await (const chunk of reading) length += chunk.byteLength;
  expect(length).toBe(3_000_000);
});

test('a file that disappears while it is read has changed', async () => {
  writeFileSync(join(root, 'file'), Buffer.alloc(3_000_000, 'a'));
  const entry = await client.stat('file');
  const reading = client.read('file', { expected: entry?.kind === 'file' ? entry.version : '' });
  await reading.next();
  unlinkSync(join(root, 'file'));
  await expect(collectBytes(reading)).rejects.toMatchObject({ code: 'source-changed' });
});
