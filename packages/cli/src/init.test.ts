import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { readTree, temporaryFolder, writeTree } from '../test/support/folders.ts';

const flags = ['--name', 'docs', '--source', 'a', '--destination', 'b'];

function configurationIn(folder: string, file = 'syncengine.json') {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

/** A person at a terminal, who answers one question after the other. */
function person(...answers: readonly string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const waiting = [...answers];
  const onStderr = (text: string): void => {
    if (!text.endsWith(': ')) return;
    const answer = waiting.shift();
    if (answer === undefined) stdin.end();
    else stdin.write(`${answer}\n`);
  };
  return { stdin, onStderr };
}

test('with flags nobody is asked, and what is written works', async () => {
  const cwd = temporaryFolder();
  writeTree(cwd, { 'a/1.txt': '1' });
  const { code, stdout, stderr } = await command(
    ['init', ...flags, '--mode', 'sb', '--ignore', '*.tmp', '--exclude-dot-files'],
    { cwd },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe('Wrote syncengine.json. Look first: syncengine plan docs. Then: syncengine sync docs.\n');
  expect(configurationIn(cwd)).toEqual({
    $schema: expect.stringMatching(/syncengine\.schema\.json$/),
    pairs: {
      docs: { source: 'a', destination: 'b', mode: 'source-backup', ignore: ['*.tmp'], excludeDotFiles: true },
    },
  });
  expect((await command(['sync', '--state', 'state'], { cwd })).code).toBe(0);
  expect(readTree(join(cwd, 'b'))).toEqual({ '1.txt': '1' });
});

test('a file that is there is never overwritten', async () => {
  const cwd = temporaryFolder();
  writeTree(cwd, { 'syncengine.json': 'mine' });
  const { code, stderr } = await command(['init', ...flags], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain('is not overwritten');
  expect(readTree(cwd)).toEqual({ 'syncengine.json': 'mine' });
  expect((await command(['init', ...flags, '--config', 'other.json'], { cwd })).code).toBe(0);
  expect(configurationIn(cwd, 'other.json')).toHaveProperty('pairs.docs');
});

test.each([
  [['--name', 'a/b'], 'a name begins with'],
  [['--mode', 'sideways'], 'is no mode'],
  [['--source', 'ftp://me:hunter2@host/'], 'a password does not belong in this file'],
  [['--source', ''], 'is empty'],
])('%j is refused, and nothing is written', async (other, words) => {
  const cwd = temporaryFolder();
  const { code, stderr } = await command(['init', ...flags, ...other], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
  expect(stderr).not.toContain('hunter2');
  expect(readTree(cwd)).toEqual({});
});

test('a person is asked for what the flags leave open, and again where an answer means nothing', async () => {
  const cwd = temporaryFolder();
  const outcome = await command(['init', '--destination', 'b'], {
    cwd,
    ...person('', './my documents', 'sideways', 'tw', ''),
  });
  expect(outcome).toMatchObject({ code: 0 });
  expect(outcome.stderr).toContain('is no mode');
  expect(outcome.stderr).toContain('Name of the pair [my-documents]: ');
  expect(configurationIn(cwd).pairs).toEqual({
    'my-documents': { source: './my documents', destination: 'b', mode: 'two-way' },
  });
});

test('a person who leaves is let go, and nothing is written', async () => {
  const cwd = temporaryFolder();
  expect(await command(['init'], { cwd, ...person('a') })).toMatchObject({ code: 130, stdout: '' });
  expect(readTree(cwd)).toEqual({});
});

test('where nobody can be asked, the flags that are missing are named', async () => {
  const { code, stderr } = await command(['init', '--name', 'x'], { cwd: temporaryFolder() });
  expect(code).toBe(2);
  expect(stderr).toContain('give --source, --destination too');
});

test('a name that cannot be one is told without lines of a file that is not there', async () => {
  const { code, stderr } = await command(['init', ...flags, '--name', 'a/b'], { cwd: temporaryFolder() });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^syncengine: pairs\.a\/b: a name begins with a letter/);
});
