import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentOf } from '../storage/index.ts';
import { LocalStorageClient } from './index.ts';
import { stagedName, thisOwner } from './owner.ts';

let root: string;
let staging: string;
let client: LocalStorageClient;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'syncengine-'));
  staging = join(root, '.syncengine/staging');
  client = new LocalStorageClient(root);
});

afterEach(() => rmSync(root, { recursive: true }));

/** A file in staging as the given owner would have left it. */
function leave(change: Partial<Record<keyof ReturnType<typeof thisOwner>, string | number>>): string {
  const { host, boot, process, start } = { ...thisOwner(), ...change };
  const name = `${host}.${boot}.${process}.${start}.00ff`;
  mkdirSync(staging, { recursive: true });
  writeFileSync(join(staging, name), 'half a fi');
  return name;
}

function goneProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('recover', () => {
  test('removes what processes that are gone have left', async () => {
    leave({ process: goneProcess() });
    leave({ boot: 'ab12' });
    leave({ process: process.ppid, start: '1' });
    await client.recover();
    expect(existsSync(join(root, '.syncengine'))).toBe(false);
  });

  test('leaves what a living process is writing', async () => {
    const mine = leave({});
    const theirs = leave({ process: process.ppid, start: '0' });
    leave({ process: goneProcess() });
    await client.recover();
    expect(readdirSync(staging).sort()).toEqual([mine, theirs].sort());
  });

  test('leaves what is not ours, and what another machine touched within a day', async () => {
    const foreign = leave({ host: 'abcd' });
    writeFileSync(join(staging, 'someone else'), 'text');
    await client.recover();
    expect(readdirSync(staging).sort()).toEqual([foreign, 'someone else'].sort());
    const day = 24 * 60 * 60 * 1000;
    const clock = { now: () => Date.now() + day + 1, sleep: async () => undefined, random: () => 0 };
    await new LocalStorageClient(root, { clock }).recover();
    expect(readdirSync(staging)).toEqual(['someone else']);
  });

  test('leaves the trash', async () => {
    await client.write('file', contentOf('old'));
    await client.write('file', contentOf('new'), { keepReplacedAt: '.syncengine/trash/run/file' });
    await client.recover();
    expect(readFileSync(join(root, '.syncengine/trash/run/file'), 'utf8')).toBe('old');
    expect(existsSync(staging)).toBe(false);
  });
});

test('close leaves no empty folder of ours behind, and is no end for other clients of the root', async () => {
  const other = new LocalStorageClient(root);
  await client.write('a', contentOf('1'));
  await other.write('b', contentOf('2'));
  await client.close();
  expect(readdirSync(root).sort()).toEqual(['a', 'b']);
  await other.write('c', contentOf('3'));
  await other.close();
  expect(readdirSync(root).sort()).toEqual(['a', 'b', 'c']);
});

test('content that is not complete can be seen by nobody else', async () => {
  const seen: number[] = [];
  const content = {
    size: 600_000,
    async *open(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(300_000);
      seen.push(statSync(staging).mode & 0o777);
      yield new Uint8Array(300_000);
    },
  };
  await client.write('file', content);
  expect(seen).toEqual([0o700]);
});

test('staged names never meet', () => {
  expect(new Set(Array.from({ length: 1000 }, stagedName)).size).toBe(1000);
});

test('a content that throws an error of its own disk is not mistaken for ours', async () => {
  const theirs = Object.assign(new Error('ENOSPC: on the other disk'), { code: 'ENOSPC', syscall: 'read', errno: -28 });
  const content = {
    size: 1,
    async *open(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(0);
      throw theirs;
    },
  };
  await expect(client.write('file', content)).rejects.toBe(theirs);
});
