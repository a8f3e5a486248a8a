import { describe, expect, test } from 'vitest';
import { factsIn, parseFacts } from './facts.ts';
import { meaningOf } from './failures.ts';
import { parseFeatures } from './features.ts';
import { readListing } from './listing.ts';
import { directoryIn, formatTime, numberIn, parseTime, timeIn } from './reply.ts';
import { Territory } from './territory.ts';
import { parseListLine } from './unix-list.ts';

describe('a line of MLSD', () => {
  test('tells kind, size, time and identity', () => {
    expect(parseFacts('type=file;size=5;modify=20010203040506;UNIX.mode=0644;unique=fe00g1; name')).toEqual({
      name: 'name',
      kind: 'file',
      size: 5,
      modifiedAt: Date.UTC(2001, 1, 3, 4, 5, 6),
      identity: 'fe00g1',
      target: undefined,
      mode: 0o644,
    });
  });

  test.each([
    ['type=dir; ', undefined],
    ['no facts', undefined],
    ['type=file;size=1;  leading', ' leading'],
    ['type=file;size=1; trailing ', 'trailing '],
    ['type=file;size=1; a; b', 'a; b'],
    ['Type=File;Size=1; upper', 'upper'],
  ])('%j has the name %j', (line, name) => {
    expect(parseFacts(line)?.name).toBe(name);
  });

  test('tells links, with their target where it is told', () => {
    expect(parseFacts('type=OS.unix=slink:/a/b; link')).toMatchObject({ kind: 'symlink', target: '/a/b' });
    expect(parseFacts('type=OS.unix=symlink; link')).toMatchObject({ kind: 'symlink', target: undefined });
    expect(parseFacts('type=OS.unix=blkdev; device')).toMatchObject({ kind: 'other' });
  });

  test('stands between two others in an answer to MLST', () => {
    expect(factsIn('250-Begin\r\n type=dir; /a b\r\n250 End.')).toMatchObject({ kind: 'directory', name: '/a b' });
  });
});

describe('a line of LIST', () => {
  test.each([
    ['-rw-r--r--    1 1002     1002            5 Jan 01  1970 f', { kind: 'file', size: 5, name: 'f' }],
    [
      '-rw-r--r--   1 owner    group           12 Nov 22 21:28  two  spaces ',
      { kind: 'file', size: 12, name: ' two  spaces ' },
    ],
    ['drwxr-xr-x    2 1002     1002         4096 Nov 22 21:28 d', { kind: 'directory', name: 'd' }],
    ['lrwxrwxrwx    1 0        0               7 Nov 22 21:28 l -> to', { kind: 'symlink', name: 'l', target: 'to' }],
    ['-rw-r--r--    1 0        0               1 Nov 22 21:28 a -> b', { kind: 'file', name: 'a -> b' }],
    ['srw-r--r--    1 0        0               0 Nov 22 21:28 s', { kind: 'other', name: 's' }],
    ['-rw-r--r--+   1 Domain Users            99 Nov  2 21:28 acl', { kind: 'file', size: 99, name: 'acl' }],
    ['11-22-26  09:15PM       <DIR>          folder', { kind: 'directory', name: 'folder' }],
    ['11-22-26  09:15PM                 1234 a b.txt', { kind: 'file', size: 1234, name: 'a b.txt' }],
  ])('%j is understood', (line, expected) => {
    expect(parseListLine(line)).toMatchObject(expected);
  });

  test.each([
    ['-rw-r-----', 0o640],
    ['-rwsr-sr-t', 0o755],
    ['-rwSr-Sr-T', 0o644],
    ['----------', 0],
  ])('%s are permission bits', (letters, mode) => {
    expect(parseListLine(`${letters} 1 1002 1002 5 Jan 01 1970 f`)?.mode).toBe(mode);
  });

  test('in another form is not', () => {
    expect(parseListLine('total 12')).toBeUndefined();
    expect(parseListLine('f')).toBeUndefined();
  });
});

describe('a listing', () => {
  const parse = parseFacts;

  test('leaves out the directory itself and the one above, and says that they were there', () => {
    const bytes = Buffer.from('type=cdir; .\r\ntype=pdir; ..\r\ntype=dir; d\r\n');
    const listing = readListing('', bytes, parse);
    expect(listing.lines.map((line) => line.name)).toEqual(['d']);
    expect(listing.hasItself).toBe(true);
  });

  test('that ends in the middle of a line is torn', () => {
    expect(readListing('', Buffer.from('type=dir; d\r\ntype=di'), parse).isTorn).toBe(true);
    expect(readListing('', Buffer.from('type=dir; d\r\n'), parse).isTorn).toBe(false);
    expect(readListing('', Buffer.alloc(0), parse).isTorn).toBe(false);
  });

  test('keeps line feeds in names, and tells names that are no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('type=dir; a\nb\r\ntype=dir; bad'),
      Buffer.from([0xff]),
      Buffer.from('\r\ntype=dir; \ufffd\r\n'),
    ]);
    const listing = readListing('in', bytes, parse);
    expect(listing.lines.map((line) => line.name)).toEqual(['a\nb', '\ufffd']);
    expect(listing.unreadable.map((entry) => entry.path)).toEqual(['in/bad\\xff']);
  });

  test('tells lines that it does not understand as unknown', () => {
    const listing = readListing('', Buffer.from('type=dir; a\r\nb\r\n'), parse);
    expect(listing.unreadable).toMatchObject([{ kind: 'unknown', path: 'b' }]);
  });
});

describe('answers', () => {
  test('tell times in UTC, and take them back', () => {
    expect(timeIn({ code: 213, text: '213 20010203040506' })).toBe(Date.UTC(2001, 1, 3, 4, 5, 6));
    expect(timeIn({ code: 213, text: '213 20010203040506.789' })).toBe(Date.UTC(2001, 1, 3, 4, 5, 6));
    expect(timeIn({ code: 550, text: '550 no' })).toBeUndefined();
    expect(parseTime('00010101000000')).toBe(Date.parse('0001-01-01T00:00:00Z'));
    expect(formatTime(Date.UTC(2001, 1, 3, 4, 5, 6) + 999)).toBe('20010203040506');
    expect(formatTime(-1)).toBe('19691231235959');
    expect(formatTime(Date.UTC(10_000, 0, 1))).toBeUndefined();
  });

  test('tell numbers, and directories with quotation marks', () => {
    expect(numberIn({ code: 213, text: '213 1234' })).toBe(1234);
    expect(directoryIn({ code: 257, text: '257 "/a ""b"" c" is here' })).toEqual(['/a "b" c', '/a ""b"" c']);
    expect(directoryIn({ code: 550, text: '550 no' })).toEqual([]);
  });

  test.each([
    [421, 'Too many', 'throttled'],
    [426, 'Closed', 'connection'],
    [552, 'Quota', 'no-space'],
    [550, 'x: No such file or directory', 'not-found'],
    [550, 'x: Permission denied', 'permission-denied'],
    [550, 'x: Directory not empty', 'not-empty'],
    [553, 'Prohibited file name: x', 'unsupported-name'],
    [550, 'Failed to open file.', undefined],
    [502, 'What?', 'unsupported'],
  ])('%i %s means %s', (code, text, meaning) => {
    expect(meaningOf({ code, text: `${code} ${text}` })).toBe(meaning);
  });

  test('to FEAT decide what is used', () => {
    const text =
      '211-Features:\r\n MDTM\r\n MFMT\r\n REST STREAM\r\n MLST type*;size*;unique*;\r\n HASH SHA-1*;SHA-256;\r\n XMD5\r\n211 End';
    const features = parseFeatures({ code: 211, text });
    expect(features).toMatchObject({ facts: true, identity: true, restart: true, setModificationTime: true });
    expect(features.extendedPassive).toBe(false);
    expect([...features.hashes.keys()].sort()).toEqual(['md5', 'sha1', 'sha256']);
    expect(parseFeatures({ code: 500, text: '500 What?' })).toMatchObject({ facts: false, restart: false });
  });
});

describe('the territory', () => {
  const ok = { code: 250, text: '250 OK' };
  const at = (path: string) => ({ code: 257, text: `257 "${path}" is here` });

  test('takes what really lies inside the root, also when the root is a link', () => {
    const territory = new Territory('/link');
    expect(territory.enter('a').read([ok, at('/real'), ok, at('/real/a')])).toBeUndefined();
    expect(territory.isKnown('a')).toBe(true);
  });

  test('refuses what does not', () => {
    const territory = new Territory('/root');
    expect(() => territory.enter('a').read([ok, at('/root'), ok, at('/rootless')])).toThrow(/out of the root/);
    expect(() => territory.enter('b').read([ok, at('/etc')])).toThrow(/out of the root/);
    expect(territory.isKnown('a')).toBe(false);
  });

  test('forgets what was moved away, with all below it', () => {
    const territory = new Territory('');
    for (const directory of ['a', 'a/b', 'ab']) territory.learn(directory);
    territory.forget('a');
    expect([territory.isKnown('a'), territory.isKnown('a/b'), territory.isKnown('ab')]).toEqual([false, false, true]);
  });
});
