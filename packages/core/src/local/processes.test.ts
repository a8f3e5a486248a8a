import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { expect, test } from 'vitest';
import { isProcessRunning, startOfProcess } from './index.ts';

test('this process runs, and no other one that had its number', () => {
  expect(isProcessRunning(process.pid)).toBe(true);
  expect(isProcessRunning(process.pid, startOfProcess(process.pid))).toBe(true);
  // Systems that do not tell when a process was started give no proof.
  expect(isProcessRunning(process.pid, '1')).toBe(startOfProcess(process.pid) === undefined);
});

test('a process that has ended is gone', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  const number = child.pid ?? 0;
  const start = startOfProcess(number);
  expect(isProcessRunning(number, start)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isProcessRunning(number, start)).toBe(false);
  expect(startOfProcess(number)).not.toBe(start ?? 'never');
});
