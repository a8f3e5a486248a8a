import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { documentOf } from '../test/support/document.ts';
import { readTree, temporaryPair, writeTree } from '../test/support/folders.ts';
import { pairWithManyDeletions, syncedPair } from '../test/support/pairs.ts';
import { FakeTerminal } from '../test/support/terminal.ts';

test('an interruption ends with exit code 130, and the next run does the rest', async () => {
  const pair = temporaryPair({ 'a.bin': 'a'.repeat(400_000), 'b.bin': 'b'.repeat(400_000) });
  const outcome = await command(['sync', ...pair.args, '--bandwidth', '100k'], {
    onStderr: (text, signals) => {
      if (text.includes('Synchronising')) signals.emit('SIGINT');
    },
  });
  expect(outcome).toMatchObject({ code: 130, exits: [] });
  expect(outcome.stderr).toContain('Interrupted');
  expect(outcome.stdout).toMatch(/^Interrupted after .* Left for the next run: 2 operations and 800 kB\.\n$/);
  expect((await command(['sync', ...pair.args])).code).toBe(0);
  expect(readTree(pair.destination)).toEqual(readTree(pair.source));
});

test('JSON of an interrupted run', async () => {
  const pair = temporaryPair({ 'a.bin': 'a'.repeat(400_000) });
  const outcome = await command(['sync', ...pair.args, '--bandwidth', '100k', '--json'], {
    stderr: new FakeTerminal(),
    onStderr: (text, signals) => {
      if (text.includes('0%')) signals.emit('SIGTERM');
    },
  });
  expect(outcome.code).toBe(130);
  expect(documentOf(outcome)).toMatchObject({ status: 'cancelled', dryRun: false });
});

test('who cannot wait interrupts twice: the process is ended at once, still with one document', async () => {
  const pair = temporaryPair({ 'a.bin': 'a'.repeat(400_000) });
  const outcome = await command(['sync', ...pair.args, '--bandwidth', '100k', '--json'], {
    stderr: new FakeTerminal(),
    onStderr: (text, signals) => {
      if (!text.includes('0%')) return;
      signals.emit('SIGINT');
      signals.emit('SIGINT');
    },
  });
  expect(outcome).toMatchObject({ code: 130, exits: [130] });
  expect(documentOf(outcome)).toMatchObject({ status: 'cancelled' });
});

test('a terminal sees the progress while it lasts, and the summary stays', async () => {
  const pair = temporaryPair({ 'a.bin': 'a'.repeat(300_000) });
  const terminal = new FakeTerminal();
  const outcome = await command(['sync', ...pair.args, '--bandwidth', '200k'], { stderr: terminal });
  expect(outcome.code).toBe(0);
  expect(outcome.stdout).toMatch(/^Done in/);
  expect(terminal.written.join('')).toMatch(/%.*\[.*\].*0\/1 file/);
  expect(terminal.screen).toEqual([]);
  const quiet = new FakeTerminal();
  writeTree(pair.source, { 'b.bin': 'b' });
  await command(['sync', ...pair.args, '--quiet'], { stderr: quiet });
  expect(quiet.written).toEqual([]);
});

test('deletions are announced before they happen', async () => {
  const pair = await syncedPair();
  pairWithManyDeletions(pair);
  const kept = await command(['sync', ...pair.args]);
  expect(kept.stderr).toContain('Deleting 2 files on the destination (kept in the trash for 30 days).\n');
  rmSync(join(pair.destination, 'file-2.txt'));
  const gone = await command(['sync', ...pair.args, '--no-trash', '--allow', 'root-emptied']);
  expect(gone.stderr).toContain('Deleting 1 file on the source (not kept: the trash is off).\n');
});

test('--verbose tells each operation with its reason', async () => {
  const pair = temporaryPair({ 'a.txt': 'a', 'folder/': '' });
  const { stderr } = await command(['sync', ...pair.args, '--verbose']);
  expect(stderr).toContain('create  destination  a.txt  (1 B; new on the source)\n');
  expect(stderr).toContain('create  destination  folder/  (new on the source)\n');
});

test('a dumb terminal gets plain lines', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  const terminal = new FakeTerminal();
  await command(['sync', ...pair.args], { stderr: terminal, env: { TERM: 'dumb' } });
  expect(terminal.written).toEqual([expect.stringMatching(/^Synchronising .*: 1 operation, 1 B to transfer\.\n$/)]);
});
