import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scratch } from './scratch.ts';

const child = fileURLToPath(new URL('./resume-child.mjs', import.meta.url));
const mebibyte = 1024 * 1024;
const size = 64 * mebibyte;

describe('a transfer of 64 MiB that is killed after 40', () => {
  let root = '';
  const at = (...names: readonly string[]): string => join(root, ...names);
  const staged = (): string[] => {
    const folder = at('destination', '.syncengine', 'staging');
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  };

  beforeEach(async () => {
    root = mkdtempSync(join(scratch, 'syncengine-resume-'));
    mkdirSync(at('source', 'd'), { recursive: true });
    writeFileSync(at('source', 'd', 'large'), randomBytes(size));
    await killedAfter(40 * mebibyte);
    expect(staged()).toHaveLength(1);
    expect(existsSync(at('destination', 'd', 'large'))).toBe(false);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('goes on where it stopped: what came is not read again', async () => {
    const { status, read } = await run();
    expect(status).toBe('clean');
    expect(read).toBeLessThan(0.6 * size);
    expectDone();
  });

  test('goes on more than once', async () => {
    await killedAfter(12 * mebibyte);
    const { status, read } = await run();
    expect(status).toBe('clean');
    expect(read).toBeLessThan(0.4 * size);
    expectDone();
  });

  test.for<[string, (file: string) => void]>([
    ['has other bytes at its beginning', (file) => overwrite(file, 0, 'other')],
    ['has other bytes behind what was proven', (file) => overwrite(file, 39 * mebibyte, 'other')],
    ['is longer than the content', (file) => truncateSync(file, size + 1)],
    ['is empty', (file) => truncateSync(file, 0)],
    ['is gone', (file) => rmSync(file)],
  ])('starts over when what was staged %s', async ([, spoil]) => {
    for (const file of staged()) spoil(file);
    expect((await run()).status).toBe('clean');
    expectDone();
  });

  test('what was staged shorter than remembered is gone on with from there', async () => {
    for (const file of staged()) truncateSync(file, 20 * mebibyte + 7);
    const { status, read } = await run();
    expect(status).toBe('clean');
    expect(read).toBeLessThan(size);
    expectDone();
  });

  test('starts over when the source changed meanwhile', async () => {
    writeFileSync(at('source', 'd', 'large'), randomBytes(size));
    expect((await run()).status).toBe('clean');
    expectDone();
  });

  test('leaves nothing when the source is gone', async () => {
    rmSync(at('source', 'd', 'large'));
    expect((await run()).status).toBe('clean');
    expect(staged()).toEqual([]);
    expect(remembered()).toEqual([]);
  });

  function expectDone(): void {
    const [left, right] = [readFileSync(at('source', 'd', 'large')), readFileSync(at('destination', 'd', 'large'))];
    expect(right.equals(left)).toBe(true);
    expect(staged()).toEqual([]);
    expect(remembered()).toEqual([]);
  }

  /** Files in which a pair remembers unfinished writes. */
  function remembered(): string[] {
    return readdirSync(at('state'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('unfinished'),
    );
  }

  function start(bytes: number): ChildProcess {
    const parameters = [child, at('source'), at('destination'), at('state'), String(bytes)];
    return spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async function killedAfter(bytes: number): Promise<void> {
    const running = start(bytes);
    running.stdout?.once('data', () => running.kill('SIGKILL'));
    expect(await ended(running)).toBe('stuck\n');
  }

  async function run(): Promise<{ readonly status: string | undefined; readonly read: number }> {
    const [status, read] = (await ended(start(Number.MAX_SAFE_INTEGER))).trim().split(' ');
    return { status, read: Number(read) };
  }
});

function overwrite(file: string, position: number, text: string): void {
  const bytes = readFileSync(file);
  bytes.write(text, position);
  writeFileSync(file, bytes);
}

async function ended(running: ChildProcess): Promise<string> {
  const pieces: string[] = [];
  running.stdout?.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
  await new Promise<void>((resolve, reject) => {
    running.once('error', reject);
    running.once('close', () => resolve());
  });
  return pieces.join('');
}
