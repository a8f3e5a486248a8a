// The built command, as a process that may be killed.
import { spawn } from 'node:child_process';
import process from 'node:process';

/** @returns the process and, as `ended`, what it left: exit code or signal, output, how long it took */
export function start(command, parameters, env) {
  const begin = Date.now();
  const child = spawn(process.execPath, [command, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr, elapsedMs: Date.now() - begin }));
  });
  return { child, ended };
}
