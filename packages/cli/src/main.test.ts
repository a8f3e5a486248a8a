import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { completedCommands } from './completion-words.ts';
import { createProgram } from './program.ts';

test('--version and --help', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(await command(['--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  for (const name of [[], ['sync'], ['plan'], ['state'], ['state', 'dump'], ['state', 'reset']]) {
    const help = await command([...name, '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain(`Usage: ${['syncengine', ...name].join(' ')}`);
    expect(help.stdout).toContain('Examples:\n  syncengine ');
  }
});

test('the help of every command fits into 80 columns, but for its examples', async () => {
  const commands = completedCommands(createProgram(async () => undefined, { writeOut: () => {}, writeErr: () => {} }));
  expect(commands.length).toBeGreaterThan(10);
  for (const { path } of commands) {
    const { stdout } = await command([...path, '--help']);
    const [text = ''] = stdout.split('\nExamples:\n');
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  }
});

test.each([[[]], [['state']], [['sink']], [['--no-such-flag']]])('%j is bad usage', async (argv) => {
  const outcome = await command(argv);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).not.toBe('');
});
