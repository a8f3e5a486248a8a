// `pnpm chaos --rounds N [--seed S] [--jobs J]`: builds the command if it has to, then attacks it on real folders.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const turbo = fileURLToPath(new URL('turbo.mjs', import.meta.url));
const build = spawnSync(process.execPath, [turbo, 'run', 'build', '--filter=@syncengine/cli'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  encoding: 'utf8',
});
if (build.status !== 0) {
  process.stderr.write(`${build.stdout}${build.stderr}\nThe command could not be built.\n`);
  process.exit(1);
}

await import('../packages/conformance/chaos/chaos.mjs');
