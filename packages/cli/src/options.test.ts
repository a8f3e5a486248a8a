import { Command } from 'commander';
import { expect, test } from 'vitest';
import { defineSync } from './define-sync.ts';
import type { SyncFlags } from './flags.ts';
import { flagToAllow, nameOfMode, parseAllowedRails, parseSettings } from './options.ts';

const invalid = expect.objectContaining({ code: 'invalid-options' });

/** What the flags mean when they are typed after `sync source destination`. */
async function parsed(...typed: readonly string[]): Promise<ReturnType<typeof parseSettings>> {
  let flags: SyncFlags | undefined;
  const program = new Command('syncengine').exitOverride().configureOutput({ writeErr: () => undefined });
  defineSync(program, () => Promise.resolve());
  const sync = program.commands.find((each) => each.name() === 'sync');
  sync?.action((_places: readonly string[], given: SyncFlags) => {
    flags = given;
  });
  await program.parseAsync(['sync', 'source', 'destination', ...typed], { from: 'user' });
  if (flags === undefined) throw new Error('The command was not called.');
  return parseSettings(flags);
}

test('without flags everything is left to the core', async () => {
  expect(await parsed()).toEqual({
    mode: expect.objectContaining({ name: 'two-way' }),
    compare: undefined,
    conflict: undefined,
    initial: undefined,
    strict: false,
    symlinks: undefined,
    ignorePatterns: [],
    ignoreFileName: undefined,
    excludeDotFiles: false,
    filter: undefined,
    transfers: undefined,
    operations: undefined,
    bytesPerSecond: undefined,
    maximumDeletions: undefined,
    marker: undefined,
    trash: true,
    trashDays: 30,
    renames: {},
    allow: [],
    skip: [],
    force: false,
  });
});

test.each([
  ['two-way', 'two-way'],
  ['tw', 'two-way'],
  ['std', 'source-to-destination'],
  ['SB', 'source-backup'],
  ['Dts', 'destination-to-source'],
  ['db', 'destination-backup'],
  ['Destination-Backup', 'destination-backup'],
])('--mode %s is %s', async (text, name) => {
  expect((await parsed('--mode', text)).mode.name).toBe(name);
  expect(nameOfMode(text)).toBe(name);
});

test.each([
  [['--compare', 'size-only'], { compare: 'size-only' }],
  [['--conflict', 'NEWEST'], { conflict: 'newest' }],
  [['--initial', 'Source'], { initial: 'source' }],
  [['--symlinks', 'skip'], { symlinks: 'skip' }],
  [['--strict'], { strict: true }],
  [['--force'], { force: true }],
  [['--no-trash'], { trash: false }],
  [['--exclude-dot-files'], { excludeDotFiles: true }],
  [['--ignore', '*.tmp', '--ignore', '!keep.tmp'], { ignorePatterns: ['*.tmp', '!keep.tmp'] }],
  [['--ignore', '-x'], { ignorePatterns: ['-x'] }],
  [['--ignore-file', '.gitignore'], { ignoreFileName: '.gitignore' }],
  [['--transfers', '3', '--operations=5'], { transfers: 3, operations: 5 }],
  [['--bandwidth', '1.5MiB'], { bytesPerSecond: 1_572_864 }],
  [['--max-delete', '25%'], { maximumDeletions: { share: 0.25 } }],
  [['--marker', './.disk/here'], { marker: '.disk/here' }],
  [['--allow', 'lock', '--allow', 'rail-SPACE'], { allow: ['rail-lock', 'rail-space'] }],
  [['--skip', 'a/', '--skip', './b/c'], { skip: ['a', 'b/c'] }],
  [['--rename', 'a=b', '--rename', 'c/d=e=f'], { renames: { a: 'b', 'c/d': 'e=f' } }],
])('%j', async (typed, expected) => {
  expect(await parsed(...typed)).toMatchObject(expected);
});

test('globs become one filter', async () => {
  const { filter } = await parsed('--include', '*.md', '--exclude', 'drafts');
  expect(filter?.('a.md', false)).toBe('include');
  expect(filter?.('a.txt', false)).toBe('exclude');
  expect(filter?.('drafts', true)).toBe('exclude');
});

test.each([
  [['--mode', 'sideways']],
  [['--compare', 'mood']],
  [['--conflict', 'fight']],
  [['--initial', 'nobody']],
  [['--symlinks', 'maybe']],
  [['--ignore-file', '']],
  [['--ignore-file', 'a/b']],
  [['--ignore-file', '..']],
  [['--transfers', '0']],
  [['--operations', 'many']],
  [['--bandwidth', 'fast']],
  [['--max-delete', 'all']],
  [['--marker', '']],
  [['--marker', '../outside']],
  [['--allow', 'everything']],
  [['--allow', 'constructor']],
  [['--skip', '/absolute']],
  [['--skip', 'a//b']],
  [['--skip', '.']],
  [['--rename', 'a']],
  [['--rename', '=b']],
  [['--rename', 'a=']],
  [['--rename', 'a=../b']],
  [['--rename', 'a=b', '--rename', './a=c']],
  [['--include', '']],
])('%j is bad usage', async (typed) => {
  await expect(parsed(...typed)).rejects.toThrow(invalid);
});

test('a rail is lifted by the flag that its message names', () => {
  const codes = [
    'rail-lock',
    'rail-root-missing',
    'rail-root-emptied',
    'rail-deletions',
    'rail-marker',
    'rail-space',
    'rail-incomplete-scan',
  ] as const;
  for (const code of codes) {
    const [flag, name] = flagToAllow(code).split(' ');
    expect(flag).toBe('--allow');
    expect(parseAllowedRails([name ?? ''])).toEqual([code]);
  }
});

test('names that come from Object are no modes', () => {
  expect(nameOfMode('constructor')).toBe('constructor');
});

test('a rename of __proto__ is a rename like any other', async () => {
  const { renames } = await parsed('--rename', '__proto__=b');
  expect(Object.entries(renames)).toEqual([['__proto__', 'b']]);
});
