import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random, seedFromEnvironment } from './random.ts';
import { scratch } from './scratch.ts';
import { changeBothSides, readTree, type Tree, writeRandomTree } from './trees.ts';

const rounds = Number(process.env['SYNCENGINE_KILL_ROUNDS'] ?? 50);
const files = 2_000;
const child = fileURLToPath(new URL('./sync-child.mjs', import.meta.url));
const seed = seedFromEnvironment();

describe(`killed at ${rounds} random moments of a run over ${files} files (SYNCENGINE_SEED=${seed})`, () => {
  const random = new Random(seed);
  const root = mkdtempSync(join(scratch, 'syncengine-kill-'));
  const state = join(root, 'state');
  const source = join(root, 'source');
  let tree: Tree = new Map();
  /** How long a whole run takes here, so that the moments are spread over all of it. */
  let wholeRunMs = 0;

  const engineFor = (destination: string): SyncEngine =>
    new SyncEngine({
      source: new LocalStorageClient(source),
      destination: new LocalStorageClient(destination),
      state: new SyncStateManager({ store: new FileStateStore(state) }),
    });

  beforeAll(async () => {
    tree = writeRandomTree(random, source, files);
    const begin = Date.now();
    await ended(start([source, join(root, 'destination'), state, 'two-way']));
    wholeRunMs = Date.now() - begin;
    expect(Object.fromEntries(readTree(join(root, 'destination')))).toEqual(Object.fromEntries(tree));
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.for(Array.from({ length: rounds }, (_, round) => round))(
    'round %i: the next run ends as if nothing had happened',
    async (round) => {
      const isFirstCopy = round % 2 === 0;
      const destination = isFirstCopy ? join(root, `copy-${round}`) : join(root, 'destination');
      let conflicts: ReturnType<typeof changeBothSides>['conflicts'] = new Map();
      if (!isFirstCopy) ({ expected: tree, conflicts } = changeBothSides(random, source, destination, tree, round));
      await killed([source, destination, state, 'two-way'], random, wholeRunMs);

      const engine = engineFor(destination);
      const result = await engine.sync();
      expect(result.problems).toEqual([]);
      expect(result.status).toBe('clean');

      const left = readTree(source);
      expect(Object.fromEntries(readTree(destination))).toEqual(Object.fromEntries(left));
      expectTree(left, tree, conflicts);
      tree = left;
      expect((await engine.plan()).operations).toEqual([]);
      for (const folder of [source, destination]) expect(stagedIn(folder)).toEqual([]);
      if (isFirstCopy) rmSync(destination, { recursive: true });
    },
  );
});

/** What was expected stands there, and of every conflict both contents, whichever way a kill cut it. */
function expectTree(left: Tree, expected: Tree, conflicts: ReturnType<typeof changeBothSides>['conflicts']): void {
  const others = new Map(left);
  for (const [path, text] of expected) {
    expect(left.get(path), path).toBe(text);
    others.delete(path);
  }
  const kept = [...others.values()].sort();
  expect(kept).toEqual([...conflicts.values()].map((edit) => edit.destination).sort());
}

function stagedIn(folder: string): string[] {
  const staging = join(folder, '.syncengine', 'staging');
  return existsSync(staging) ? readdirSync(staging) : [];
}

function start(parameters: readonly string[]): ChildProcess {
  return spawn(process.execPath, [child, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Kills a run from outside at a random time, or lets it kill itself at a random one of its own steps. */
async function killed(parameters: readonly string[], random: Random, wholeRunMs: number): Promise<void> {
  if (random.next() < 0.5) {
    await ended(start([...parameters, String(1 + random.below(files * 2))]));
    return;
  }
  const running = start(parameters);
  const delay = random.below(wholeRunMs);
  const timer = setTimeout(() => running.kill('SIGKILL'), delay);
  await ended(running);
  clearTimeout(timer);
}

function ended(running: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    running.once('error', reject);
    running.once('close', () => resolve());
  });
}
