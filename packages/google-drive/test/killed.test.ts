import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type DriveServer, startDriveServer } from '@syncengine/drive-server';
import { beforeAll, describe, test } from 'vitest';
import { patterned } from './support/looking.ts';

const mebi = 1024 * 1024;
const size = 48 * mebi + 5;
const program = fileURLToPath(new URL('support/sync-once.mjs', import.meta.url));

/** A folder and a folder of Drive, with processes that keep them in sync. */
function withProcesses(
  body: (stage: {
    readonly server: DriveServer;
    readonly source: string;
    start(): ChildProcess;
    run(): Promise<unknown>;
  }) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'syncengine-drive-'));
    const server = await startDriveServer();
    try {
      const source = join(folder, 'source');
      mkdirSync(source);
      const root = server.person.makeFolder('root');
      const env = {
        ...process.env,
        SYNCENGINE_GDRIVE_ACCESS_TOKEN: 'test-token',
        SYNCENGINE_GDRIVE_ROOT_URL: server.origin,
      };
      const start = (): ChildProcess =>
        spawn(process.execPath, [program, source, join(folder, 'state'), `gdrive:${root}`], {
          env,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
      const run = async (): Promise<unknown> => {
        const { stdout } = start();
        return JSON.parse(stdout === null ? '' : await text(stdout));
      };
      await body({ server, source, start, run });
    } finally {
      await server.close();
      rmSync(folder, { recursive: true });
    }
  };
}

/** What Drive itself says that it has of the only upload that was begun; bytes. */
async function receivedOf(server: DriveServer): Promise<number> {
  const seen = server.requests.find(({ query }) => query.has('upload_id'));
  assert.ok(seen !== undefined);
  const answer = await fetch(`${server.origin}${seen.path}?${seen.query}`, {
    method: 'PUT',
    headers: { 'Content-Range': `bytes */${size}`, 'Content-Length': '0' },
  });
  assert.equal(answer.status, 308);
  const last = /^bytes=0-(\d+)$/.exec(answer.headers.get('range') ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

describe('a process that is killed', () => {
  // A process that is to be killed runs what is built. A build that is up to date takes no time.
  beforeAll(() => {
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    execFileSync(process.execPath, [join(dirname(typescript), 'bin', 'tsc'), '-b'], { cwd });
  }, 300_000);

  test(
    'in the middle of a large upload: the next one sends what Drive says that it lacks, and nothing else',
    withProcesses(async ({ server, source, start, run }) => {
      const bytes = patterned(size);
      writeFileSync(join(source, 'large'), bytes);
      const killed = start();
      const isGone = once(killed, 'exit');
      server.faults.add({
        matches: ({ query }) => query.has('upload_id'),
        after: 4,
        // The piece that comes with this request is half-way there.
        effect: { kind: 'act', act: () => void killed.kill('SIGKILL') },
      });
      const [, signal] = await isGone;
      assert.equal(signal, 'SIGKILL');
      assert.equal(server.person.unfinishedUploads, 1);
      assert.equal(server.person.at('root/large'), undefined);
      const had = await receivedOf(server);
      assert.ok(had >= 32 * mebi && had < size, `Drive has ${had} bytes`);
      const sent = server.receivedBytes;
      assert.deepEqual(await run(), { status: 'clean', problems: [], operations: 1 });
      assert.equal(server.receivedBytes - sent, size - had);
      assert.ok(server.person.at('root/large')?.bytes?.equals(bytes), 'another content came of it');
      assert.equal(server.person.unfinishedUploads, 0);
      assert.deepEqual(await run(), { status: 'clean', problems: [], operations: 0 });
    }),
    600_000,
  );

  test(
    'among many small files: the next one brings the rest, and what comes then asks only for what changed',
    withProcesses(async ({ server, source, start, run }) => {
      for (let index = 0; index < 100; index += 1) writeFileSync(join(source, `file-${index}`), `text ${index}`);
      const killed = start();
      const isGone = once(killed, 'exit');
      server.faults.add({
        matches: ({ method, path }) => method === 'POST' && path.startsWith('/upload/'),
        after: 40,
        effect: { kind: 'act', act: () => void killed.kill('SIGKILL') },
      });
      await isGone;
      const result = await run();
      assert.deepEqual(result, { ...Object(result), status: 'clean', problems: [] });
      const names = server.person.in(server.person.at('root')?.id ?? '').map(({ name }) => name);
      assert.equal(names.length, 100);
      assert.equal(new Set(names).size, 100);
      const before = server.requests.length;
      assert.deepEqual(await run(), { status: 'clean', problems: [], operations: 0 });
      const asked = server.requests.slice(before).map(({ name }) => name);
      assert.deepEqual(asked.sort(), ['changes.list', 'files.get']);
    }),
    600_000,
  );
});
