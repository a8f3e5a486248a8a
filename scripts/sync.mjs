// `pnpm sync <source> <destination> …`: builds the command if it has to, then becomes it, where the user stands.
// Standard output belongs to the command alone; what a failed build has to say goes to standard error.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const turbo = fileURLToPath(new URL('turbo.mjs', import.meta.url));
const command = new URL('../packages/cli/dist/bin.js', import.meta.url);

const build = spawnSync(process.execPath, [turbo, 'run', 'build', '--filter=@syncengine/cli'], {
  cwd: root,
  encoding: 'utf8',
});
if (build.status !== 0) {
  process.stderr.write(
    `${build.stdout}${build.stderr}\nThe command could not be built, so nothing was synchronised.\n`,
  );
  process.exit(1);
}

// pnpm runs scripts in the folder of their package, and keeps in INIT_CWD where it was called.
process.chdir(process.env.INIT_CWD ?? process.cwd());
// No process of its own: signals, standard input and the exit code reach the command as they are.
process.argv = [process.execPath, fileURLToPath(command), 'sync', ...process.argv.slice(2)];
await import(command.href);
