import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager, VersionStore } from '@syncengine/core';
import { expect, onTestFinished, test } from 'vitest';
import { scratch } from './scratch.ts';

const child = fileURLToPath(new URL('./restore-child.mjs', import.meta.url));
const files = 12;

interface Folders {
  readonly source: string;
  readonly destination: string;
  readonly state: string;
}

/** A backup on disk: every file edited twice, some deleted, some new. The runs are dated an hour apart. */
async function backup(): Promise<Folders> {
  const root = mkdtempSync(join(scratch, 'syncengine-restore-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folders = { source: join(root, 'source'), destination: join(root, 'destination'), state: join(root, 'state') };
  mkdirSync(join(folders.source, 'docs'), { recursive: true });
  for (const [round, hour] of ['10', '11', '12'].entries()) {
    for (let file = 0; file < files; file += 1) {
      const path = join(folders.source, 'docs', String(file));
      if (round === 2 && file % 3 === 0) rmSync(path);
      else writeFileSync(path, `content ${file} of round ${round}`);
    }
    if (round === 2) writeFileSync(join(folders.source, 'new'), 'new');
    await engineFor(folders, {}).sync();
    for (const folder of ['history', 'versions']) dateRun(join(folders.destination, '.syncengine', folder), hour);
  }
  return folders;
}

/** Gives the run of today the time that it is to have had. */
function dateRun(folder: string, hour: string): void {
  if (!readdirSync(join(folder, '..')).includes(folder.slice(folder.lastIndexOf('/') + 1))) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith('20200101T')) continue;
    renameSync(join(folder, name), join(folder, name.replace(/^.*Z-.{4}/, `20200101T${hour}0000Z-test`)));
  }
}

const before = Date.parse('2020-01-01T11:30:00Z');

function engineFor({ source, destination, state }: Folders, versions: { count?: number }): SyncEngine {
  return new SyncEngine({
    source: new LocalStorageClient(source),
    destination: new LocalStorageClient(destination),
    mode: 'source-to-destination',
    versions: { destination: versions },
    maximumDeletions: { share: 1 },
    state: new SyncStateManager({ store: new FileStateStore(state) }),
  });
}

function contents(folder: string, of: (path: string) => boolean): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (entry.isFile() && of(path)) found.push(readFileSync(join(folder, path), 'utf8'));
  }
  return found.sort();
}

const isKeptOrStanding = (path: string): boolean => !path.startsWith('.syncengine/history');
const isStanding = (path: string): boolean => !path.startsWith('.syncengine');
const isVersion = (path: string): boolean => path.startsWith('.syncengine/versions');

/** @returns true when it came to its end before it could be killed */
function run({ source, destination, state }: Folders, effect: number, at: string): boolean {
  const { signal, status, stderr } = spawnSync(
    process.execPath,
    [child, source, destination, state, String(effect), at],
    { encoding: 'utf8' },
  );
  if (signal !== 'SIGKILL') expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return signal !== 'SIGKILL';
}

const moments = [0, 1, 2, 5, 9, 12, 1_000];

test.for(moments)(
  'a restoration that is killed before its effect %i has lost nothing, and is done again',
  async (effect) => {
    const folders = await backup();
    const all = contents(folders.destination, isKeptOrStanding);
    expect(run(folders, effect, String(before))).toBe(effect === 1_000);
    const left = contents(folders.destination, isKeptOrStanding);
    for (const content of all) expect(left).toContain(content);
    const again = await new VersionStore(new LocalStorageClient(folders.destination)).restore({
      at: before,
      exact: true,
    });
    expect(again.problems).toEqual([]);
    const expected = Array.from({ length: files }, (_, file) => `content ${file} of round 1`).sort();
    expect(contents(folders.destination, isStanding)).toEqual(expected);
  },
);

test.for(moments)(
  'a pruning that is killed before its effect %i has lost nothing, and the next run goes on',
  async (effect) => {
    const folders = await backup();
    const standing = contents(folders.destination, isStanding);
    const newest = Array.from({ length: files }, (_, file) => `content ${file} of round 1`);
    expect(run(folders, effect, 'prune')).toBe(effect === 1_000);
    expect(contents(folders.destination, isVersion)).toEqual(expect.arrayContaining(newest));
    expect(contents(folders.destination, isStanding)).toEqual(standing);
    expect(await engineFor(folders, { count: 1 }).sync()).toMatchObject({ status: 'clean', notices: [] });
    expect(contents(folders.destination, isVersion)).toEqual(newest.sort());
  },
);
