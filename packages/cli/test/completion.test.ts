import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from './support/command.ts';
import { temporaryFolder, writeTree } from './support/folders.ts';
import { Home } from './support/home.ts';

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

/** How each shell is asked what it would complete at the end of a line. */
const shells: Readonly<
  Record<string, (script: string, line: readonly string[]) => readonly [string, readonly string[]]>
> = {
  bash: (script, line) => [
    'bash',
    [
      '-c',
      `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _syncengine; printf '%s\\n' "\${COMPREPLY[@]}"`,
      script,
      ...line,
    ],
  ],
  zsh: (script, line) => [
    'zsh',
    [
      '-fc',
      `compdef() { :; }; compadd() { while [[ $1 == -* ]]; do shift; done; print -l -- "$@"; }
_describe() { local -a found=("\${(@P)2}"); print -l -- "\${(@)found%%:*}"; }; _files() { print -l -- *(N); }
script=$1; shift; source $script; words=("$@"); CURRENT=$#; _syncengine`,
      'zsh',
      script,
      ...line,
    ],
  ],
  fish: (script, line) => [
    'fish',
    ['--no-config', '-c', `source $argv[1]; complete -C (string join ' ' -- $argv[2..])`, script, ...line],
  ],
};

async function completions(
  shell: string,
  line: readonly string[],
  folder: string = temporaryFolder(),
): Promise<readonly string[]> {
  const { code, stdout } = await command(['completion', shell]);
  expect(code).toBe(0);
  writeTree(folder, { script: stdout, 'documents/': '' });
  const [program, args] = shells[shell]?.(join(folder, 'script'), line) ?? ['false', []];
  const env = { ...process.env, HOME: folder, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` };
  const outcome = spawnSync(program, args, { cwd: folder, encoding: 'utf8', env });
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  const last = line.at(-1) ?? '';
  return outcome.stdout
    .split('\n')
    .map((each) => each.split('\t')[0] ?? '')
    .filter((each) => each !== '' && each.startsWith(last));
}

const lines: ReadonlyArray<readonly [readonly string[], readonly string[]]> = [
  [['syncengine', 'sy'], ['sync']],
  [
    ['syncengine', 'state', ''],
    ['dump', 'reset'],
  ],
  [['syncengine', 'state', 'reset', '--al'], ['--allow']],
  [['syncengine', 'sync', '--mod'], ['--mode']],
  [
    ['syncengine', 'sync', '--mode', 'source'],
    ['source-backup', 'source-to-destination'],
  ],
  [['syncengine', 'conflicts', '--keep', 'b'], ['both']],
  [['syncengine', 'sync', '--log-format', 'j'], ['json']],
  [['syncengine', 'verify', '--rea'], ['--read']],
];

for (const shell of Object.keys(shells)) {
  // A shell that is not installed cannot be asked; bash is everywhere where this project is tested.
  test.skipIf(!isInstalled(shell)).each(lines)(`${shell} completes %j`, async (line, expected) => {
    expect([...(await completions(shell, line))].sort()).toEqual(expected);
  });
}

const pairLines: ReadonlyArray<readonly [readonly string[], readonly string[]]> = [
  [['syncengine', 'sync', 'photos/u'], ['photos/usb']],
  [['syncengine', 'status', 'docu'], ['documents']],
  [['syncengine', 'state', 'reset', 'photos/b'], ['photos/backup']],
  [['syncengine', 'restore', 'photos/b'], ['photos/backup']],
];

for (const shell of Object.keys(shells)) {
  test.skipIf(!isInstalled(shell)).each(pairLines)(
    `${shell} completes names of pairs in %j`,
    async (line, expected) => {
      const found = await completions(shell, line, new Home().folder);
      // A folder of that name is proposed besides, by shells that do not name one thing twice.
      expect([...new Set(found.map((each) => each.replace(/\/$/, '')))]).toEqual(expected);
    },
  );
}

test('where there is no configuration, or a broken one, no names are proposed', async () => {
  const cwd = temporaryFolder();
  expect(await command(['completion', 'pairs'], { cwd })).toMatchObject({ code: 0, stdout: '', stderr: '' });
  writeTree(cwd, { 'syncengine.json': '{' });
  expect(await command(['completion', 'pairs'], { cwd })).toMatchObject({ code: 2, stdout: '' });
});

test('places are completed from the files', async () => {
  expect(await completions('bash', ['syncengine', 'sync', 'doc'])).toEqual(['documents']);
});

test('another shell is refused', async () => {
  expect(await command(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
});
