import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../src/program.ts';
import { command } from './support/command.ts';
import { Home } from './support/home.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The blocks of a language, in order. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, text]) =>
    name === language ? [text ?? ''] : [],
  );
}

const lines = blocks('sh').flatMap((block) => block.trim().split('\n'));

test('the README begins with the shortest useful command', () => {
  expect(lines[0]).toBe('syncengine sync ~/documents ~/backup/documents');
  expect(readme.indexOf(lines[0] ?? '')).toBeLessThan(50);
});

test('all that the README says to type works, in its order', () => {
  const home = new Home();
  for (const line of lines) expect({ line, ...home.type(line) }).toMatchObject({ line, code: 0 });
  const stands = (path: string): boolean => existsSync(join(home.folder, path));
  expect(stands('backup/documents/letters/2025.odt')).toBe(true);
  expect(stands('usb/photos/2026/1.jpg')).toBe(true);
  expect(stands('backup/papers/correspondence/2025.odt')).toBe(true);
  expect(stands('backup/papers/letters')).toBe(false);
});

test.each(lines.map((line) => [line]))('%s works as the first thing one types', (line) => {
  expect(new Home().type(line)).toMatchObject({ code: 0 });
});

test('the JSON document has the keys that the README shows', () => {
  const [shown] = blocks('json').map((block) => JSON.parse(block));
  const home = new Home();
  const printed = JSON.parse(home.type(lines.find((line) => line.endsWith('--json')) ?? '').stdout);
  expect(Object.keys(printed)).toEqual(Object.keys(shown));
  expect(Object.keys(printed.counts)).toEqual(Object.keys(shown.counts));
  expect(printed.bytes).toEqual({ transferred: expect.any(Number) });
  expect(printed.operations.map(Object.keys)).toContainEqual(Object.keys(shown.operations[0]));
});

test('the README speaks of every flag and no other', () => {
  const flags = new Set<string>();
  for (const each of program.commands) for (const { long } of each.options) flags.add(long ?? '');
  const spoken = new Set([...readme.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag));
  for (const other of ['--help', '--global']) spoken.delete(other);
  expect([...spoken].sort()).toEqual([...flags].sort());
});

const program = createProgram(() => Promise.resolve(), { writeOut: () => undefined, writeErr: () => undefined });

/** The words that call a command, for each that there is. */
function namesOf(command: typeof program, path: readonly string[] = []): ReadonlyArray<readonly string[]> {
  return [path, ...command.commands.flatMap((each) => namesOf(each, [...path, each.name()]))];
}

test.each(namesOf(program).map((name) => [name]))('the examples in the help of %j work', async (name) => {
  const { stdout } = await command([...name, '--help']);
  const examples = stdout.slice(stdout.indexOf('Examples:')).match(/^ {2}syncengine .+$/gm) ?? [];
  expect(examples.length).toBeGreaterThan(0);
  for (const line of examples) {
    const home = new Home();
    // It makes the file that all the others use.
    if (name[0] === 'init') rmSync(join(home.folder, 'syncengine.json'));
    expect({ line, ...home.type(line.trim()) }).toMatchObject({ code: 0 });
  }
});
