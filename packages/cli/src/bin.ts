#!/usr/bin/env node
import process from 'node:process';
import { version } from './version.ts';

// Whoever reads along may leave: `syncengine plan … | head` is no failure. Other troubles of a stream are.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 1;
    if (stream === process.stdout)
      process.stderr.write(`syncengine: the output could not be written: ${error.message}\n`);
  });
}

/** A folder that was deleted while the shell stands in it. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    process.stderr.write('syncengine: the folder that this shell is in is gone; go to another one first.\n');
    process.exit(2);
  }
}

async function run(argv: readonly string[]): Promise<void> {
  const { main } = await import('./main.ts');
  const exitCode = await main({
    argv,
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: workingDirectory(),
    signals: process,
    exit: (code) => process.exit(code),
  });
  process.exitCode = process.exitCode === 1 ? 1 : exitCode;
}

const argv = process.argv.slice(2);
// Scripts that ask for it ask often: nothing else is loaded for it.
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) process.stdout.write(`${version()}\n`);
else await run(argv);
