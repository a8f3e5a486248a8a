import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkConfiguration } from '../src/configuration/index.ts';
import { createProgram } from '../src/program.ts';
import { command } from './support/command.ts';
import { writeTree } from './support/folders.ts';
import { Home } from './support/home.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The blocks of a language, in order. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, text]) =>
    name === language ? [text ?? ''] : [],
  );
}

const lines = blocks('sh').flatMap((block) => block.trim().split('\n'));

/** Starting a process takes its time where others do so too. */
const patience = 600_000;

const documents = blocks('json').map((block) => JSON.parse(block));
const [configuration] = documents.filter((document) => 'pairs' in document);

/** A home with the configuration that the README shows; it is made by `init` alone. */
function homeFor(line: string): Home {
  const home = new Home();
  if (line.startsWith('syncengine init')) rmSync(join(home.folder, 'syncengine.json'));
  else writeTree(home.folder, { 'syncengine.json': JSON.stringify(configuration) });
  return home;
}

test('the README begins with the shortest useful command', () => {
  expect(lines[0]).toBe('syncengine sync ~/documents ~/backup/documents');
  expect(readme.indexOf(lines[0] ?? '')).toBeLessThan(50);
});

test(
  'all that the README says to type works, in its order',
  () => {
    const home = homeFor('syncengine init');
    for (const line of lines) {
      expect({ line, ...home.type(line) }).toMatchObject({ line, code: 0 });
      if (line.startsWith('syncengine init')) {
        writeTree(home.folder, { 'syncengine.json': JSON.stringify(configuration) });
      }
    }
    const stands = (path: string): boolean => existsSync(join(home.folder, path));
    expect(stands('backup/documents/letters/2025.odt')).toBe(true);
    expect(stands('usb/photos/2026/1.jpg')).toBe(true);
    expect(stands('backup/papers/correspondence/2025.odt')).toBe(true);
    expect(stands('backup/papers/letters')).toBe(false);
  },
  patience,
);

test.each(lines.map((line) => [line]))('%s works as the first thing one types', (line) => {
  expect(homeFor(line).type(line)).toMatchObject({ code: 0 });
});

test('the configurations of the README are right as they stand', () => {
  const texts = blocks('json').filter((block) => 'pairs' in JSON.parse(block));
  expect(texts).toHaveLength(2);
  for (const text of texts) expect(checkConfiguration('README.md', text).pairs.length).toBeGreaterThan(0);
});

test('the JSON document has the keys that the README shows', () => {
  const shown = documents.find((document) => 'counts' in document);
  const home = new Home();
  const printed = JSON.parse(home.type(lines.find((line) => line.endsWith('--json')) ?? '').stdout);
  expect(Object.keys(printed)).toEqual(Object.keys(shown));
  expect(Object.keys(printed.counts)).toEqual(Object.keys(shown.counts));
  expect(printed.bytes).toEqual({ transferred: expect.any(Number) });
  expect(printed.operations.map(Object.keys)).toContainEqual(Object.keys(shown.operations[0]));
});

test('the README speaks of every flag and no other', () => {
  const flags = new Set<string>();
  const add = (command: typeof program): void => {
    for (const { long } of command.options) flags.add(long ?? '');
    for (const each of command.commands) add(each);
  };
  for (const each of program.commands) add(each);
  const spoken = new Set([...readme.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag));
  for (const other of ['--help', '--global']) spoken.delete(other);
  expect([...spoken].sort()).toEqual([...flags].sort());
});

const program = createProgram(() => Promise.resolve(), { writeOut: () => undefined, writeErr: () => undefined });

/** The words that call a command, for each that there is. */
function namesOf(command: typeof program, path: readonly string[] = []): ReadonlyArray<readonly string[]> {
  return [path, ...command.commands.flatMap((each) => namesOf(each, [...path, each.name()]))];
}

test.each(namesOf(program).map((name) => [name]))(
  'the examples in the help of %j work',
  async (name) => {
    const { stdout } = await command([...name, '--help']);
    const examples = stdout.slice(stdout.indexOf('Examples:')).match(/^ {2}syncengine .+$/gm) ?? [];
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) {
      const home = new Home();
      // It makes the file that all the others use.
      if (name[0] === 'init') rmSync(join(home.folder, 'syncengine.json'));
      expect({ line, ...home.type(line.trim()) }).toMatchObject({ code: 0 });
    }
  },
  patience,
);
