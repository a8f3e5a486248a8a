import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, run } from './run.mjs';
import { typescripts } from './types.mjs';

/** A project of somebody who has never seen this repository, with all packages. */
export function createProject(folder, manager, packed) {
  mkdirSync(folder);
  const ours = Object.fromEntries(packed.map(({ name, path }) => [name, `file:${path}`]));
  const manifest = {
    name: 'somebody',
    private: true,
    type: 'module',
    dependencies: ours,
    devDependencies: {
      '@types/node': '20.19.43',
      ...Object.fromEntries(typescripts.map(({ alias, version }) => [alias, `npm:typescript@${version}`])),
    },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));
  // Until they are published, the packages are found here only. npm takes what the project has; pnpm is told.
  const answers = { ssh2: false, 'cpu-features': false };
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), JSON.stringify({ overrides: ours, allowBuilds: answers }));
  const install = async () => {
    if (manager === 'npm') await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder });
    else await run(pnpm, ['install', '--no-frozen-lockfile'], { cwd: folder });
  };
  return { folder, manager, install };
}
