import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { ServerFolder } from '../src/index.ts';

const home = fileURLToPath(new URL('..', import.meta.url));

// A process that is to be killed runs what is built. A build that is up to date takes no time.
beforeAll(() => {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  execFileSync(process.execPath, [join(dirname(typescript), 'bin', 'tsc'), '-b'], { cwd: home });
});

describe('The folder of a server', () => {
  test('goes together with its processes when the process that made it is killed', async () => {
    const program = `
      import { ServerFolder } from ${JSON.stringify(join(home, 'dist', 'index.js'))};
      const folder = new ServerFolder('killed');
      folder.start('sleeper', 'sh', ['-c', 'sleep 1000 & echo $! >pid; mv pid pid.complete; wait']);
      console.log(folder.path);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', `${program}setInterval(() => {}, 1000);`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = await once(child.stdout, 'data');
    const folder = String(output).trim();
    const file = join(folder, 'pid.complete');
    await vi.waitUntil(() => existsSync(file), { timeout: 30_000 });
    const sleeper = Number(readFileSync(file, 'utf8'));
    expect(isRunning(sleeper)).toBe(true);

    child.kill('SIGKILL');

    await vi.waitUntil(() => !isRunning(sleeper) && !existsSync(folder), { timeout: 30_000 });
  });

  test('tells the end of the log of a process that ends by itself', async () => {
    const folder = new ServerFolder('ending');
    try {
      const ended = folder.start('speaker', 'sh', ['-c', 'echo it is full of stars; exit 3']);
      await expect(ended).rejects.toThrow(/ended with 3[\s\S]*full of stars/);
    } finally {
      await folder.stop();
    }
    expect(existsSync(folder.path)).toBe(false);
  });
});

/** A zombie, which nobody collects in some containers, does not run. */
function isRunning(id: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, 'utf8'));
  } catch {
    // No such process.
    return false;
  }
}
