import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSyncEngineError } from '../errors.ts';
import { MemoryStorageClient } from '../memory/index.ts';
import { isReserved } from '../paths/index.ts';
import { type Content, collectBytes, contentOf, type Entry, type StorageClient, versionOf } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';

const base = mkdtempSync(join(tmpdir(), 'syncengine-'));
const root = join(base, 'root');

type Step = (client: StorageClient) => Promise<unknown>;

const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const text = fc.constantFrom('', 'one', 'two');
const target = fc.constantFrom(
  'a',
  'b',
  '../a',
  '../b/c',
  'c/a',
  '.',
  '..',
  '../..',
  '../../..',
  'missing',
  join(base, 'a'),
);

/** What the version was when the step began, some other version, or nothing in particular. */
const expectation = fc.constantFrom('absent', 'current', 'stale', undefined);

async function expected(client: StorageClient, at: string, kind: string | undefined): Promise<string | undefined> {
  if (kind !== 'current') return kind;
  const entry = await client.stat(at).catch(() => undefined);
  return (entry && versionOf(entry)) ?? 'none';
}

const step: fc.Arbitrary<readonly [string, Step]> = fc.oneof(
  fc
    .tuple(path, text, expectation)
    .map(([at, content, kind]): [string, Step] => [
      `write ${at} ${content} ${kind}`,
      async (client) =>
        told(await client.write(at, contentOf(content), { expected: await expected(client, at, kind) })),
    ]),
  fc
    .tuple(path, expectation)
    .map(([at, kind]): [string, Step] => [
      `remove ${at} ${kind}`,
      async (client) => client.remove(at, { expected: await expected(client, at, kind) }),
    ]),
  path.map((at): [string, Step] => [`directory ${at}`, async (client) => told(await client.makeDirectory(at))]),
  fc
    .tuple(path, path)
    .map(([from, to]): [string, Step] => [`move ${from} ${to}`, async (client) => client.move?.(from, to)]),
  fc
    .tuple(path, path)
    .map(([from, to]): [string, Step] => [`copy ${from} ${to}`, async (client) => told(await client.copy?.(from, to))]),
  fc
    .tuple(path, target, expectation)
    .map(([at, to, kind]): [string, Step] => [
      `link ${at} ${to} ${kind}`,
      async (client) => told(await client.makeSymlink?.(at, to, { expected: await expected(client, at, kind) })),
    ]),
  path.map((at): [string, Step] => [
    `read ${at}`,
    async (client) => Buffer.from(await collectBytes(client.read(at))).toString(),
  ]),
  fc
    .tuple(path, fc.boolean())
    .map(([at, followSymlinks]): [string, Step] => [
      `stat ${at} ${followSymlinks}`,
      async (client) => told(await client.stat(at, { followSymlinks })),
    ]),
  fc
    .tuple(path, fc.boolean())
    .map(([at, followSymlinks]): [string, Step] => [
      `list ${at} ${followSymlinks}`,
      async (client) => list(client, at, followSymlinks),
    ]),
  fc
    .tuple(path, path, text)
    .map(([at, keepReplacedAt, content]): [string, Step] => [
      `keep ${at} ${keepReplacedAt} ${content}`,
      async (client) => told(await client.write(at, contentOf(content), { keepReplacedAt })),
    ]),
  path.map((at): [string, Step] => [`fail ${at}`, async (client) => client.write(at, tooShort, {})]),
);

const tooShort: Content = { size: 5, open: () => contentOf('four').open() };

/** What both kinds of store can tell in the same words. */
function told(entry: Entry | undefined): unknown {
  if (entry?.kind === 'file') return [entry.path, 'file', entry.size];
  return entry?.kind === 'symlink' ? [entry.path, 'symlink', entry.target] : [entry?.path, entry?.kind];
}

async function list(client: StorageClient, directory: string, followSymlinks: boolean): Promise<unknown[]> {
  const entries: Entry[] = [];
  for await (const page of client.list(directory, { followSymlinks })) entries.push(...page);
  return entries
    .filter((entry) => !isReserved(entry.path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(told);
}

async function tree(client: StorageClient, directory = ''): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const entry of await list(client, directory, false)) {
    const [at, kind] = Array.isArray(entry) ? entry : [];
    all.push(kind === 'file' ? [entry, Buffer.from(await collectBytes(client.read(at))).toString()] : entry);
    if (kind === 'directory') all.push(...(await tree(client, at)));
  }
  return all;
}

async function outcome(client: StorageClient, take: Step): Promise<unknown> {
  try {
    return await take(client);
  } catch (error) {
    if (isSyncEngineError(error)) return `refused: ${error.code}`;
    throw error;
  }
}

// What links out of the root can lead to: of that, only what exists can be told from what is missing.
beforeAll(() => {
  const names = ['a', 'b', 'c'];
  for (let places = names, depth = 0; depth < 5; depth += 1) {
    for (const place of places) mkdirSync(join(base, place));
    places = places.flatMap((place) => names.map((name) => `${place}/${name}`));
  }
});

afterAll(() => rmSync(base, { recursive: true }));

test('a local folder and a store in memory answer alike, whatever is asked of them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      mkdirSync(root);
      try {
        const local = new LocalStorageClient(root);
        const memory = new MemoryStorageClient();
        for (const [name, take] of steps) {
          expect([name, await outcome(local, take)]).toEqual([name, await outcome(memory, take)]);
          expect([name, await tree(local)]).toEqual([name, await tree(memory)]);
        }
      } finally {
        rmSync(root, { recursive: true });
      }
    }),
    { numRuns: 300 },
  );
});
