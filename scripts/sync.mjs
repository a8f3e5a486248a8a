// `pnpm sync <source> <destination> …`: builds the command if it has to, then runs it where the user stands.
// Standard output belongs to the command alone; everything that building has to say goes to standard error.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const turbo = fileURLToPath(new URL('turbo.mjs', import.meta.url));

const build = spawnSync(process.execPath, [turbo, 'run', 'build', '--filter=@syncengine/cli'], {
  cwd: root,
  encoding: 'utf8',
});
if (build.status !== 0) {
  process.stderr.write(`${build.stdout}${build.stderr}\nThe build failed, so nothing was synchronised.\n`);
  process.exit(1);
}

// pnpm runs scripts in the package's folder and keeps in INIT_CWD the one it was called from.
const child = spawn(process.execPath, [command, 'sync', ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: 'inherit',
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
