import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startFaultProxy } from '@syncengine/test-servers';
import { beforeAll, expect, test, vi } from 'vitest';
import { credentials, describeWithCeph, newBucket, open, service, unfinished } from './support/service.ts';

const mebi = 1024 * 1024;
const program = fileURLToPath(new URL('support/sync-once.mjs', import.meta.url));

describeWithCeph('An upload that is killed', () => {
  // A process that is to be killed runs what is built. A build that is up to date takes no time.
  beforeAll(() => {
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    execFileSync(process.execPath, [join(dirname(typescript), 'bin', 'tsc'), '-b'], { cwd });
  });

  test('half-way through 300 MiB sends less than 60 % again', { timeout: 300_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'syncengine-killed-'));
    const bucket = await newBucket();
    const proxy = await startFaultProxy({ target: service().port });
    try {
      const content = Buffer.concat(Array.from({ length: 300 }, () => randomBytes(mebi)));
      execFileSync('mkdir', [join(folder, 'source')]);
      await writeFile(join(folder, 'source', 'large'), content);
      const start = (): ChildProcess => {
        const { accessKeyId, secretAccessKey } = credentials();
        const env = { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
        const words = [
          program,
          join(folder, 'source'),
          join(folder, 'state'),
          bucket,
          `http://127.0.0.1:${proxy.port}`,
        ];
        return spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
      };

      const first = start();
      await vi.waitUntil(() => proxy.passed.toServer > 150 * mebi, { timeout: 120_000, interval: 5 });
      first.kill('SIGKILL');
      await once(first, 'exit');
      const sent = proxy.passed.toServer;
      expect(sent).toBeLessThan(300 * mebi);
      expect(await unfinished(bucket)).toEqual(['large']);

      const second = start();
      const outcome: unknown = JSON.parse(second.stdout === null ? '' : await text(second.stdout));
      expect(outcome).toEqual({ status: 'clean', problems: [] });
      expect((proxy.passed.toServer - sent) / content.byteLength).toBeLessThan(0.6);
      expect(await unfinished(bucket)).toEqual([]);
      const hash = createHash('md5');
      for await (const chunk of (await open({ bucket })).read('large')) hash.update(chunk);
      expect(hash.digest('hex')).toBe(createHash('md5').update(content).digest('hex'));
    } finally {
      await proxy.stop();
      await rm(folder, { recursive: true });
    }
  });
});
