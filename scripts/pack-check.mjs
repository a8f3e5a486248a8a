// `pnpm pack:check`: what users will get. Packs every public package, installs the packed files into empty projects outside of
// the workspace, once with npm and once with pnpm, and there imports them from ESM and CommonJS, compiles against their types
// with four TypeScripts, and runs the first program of each README against the real servers. `--keep` leaves the projects.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { checkImports } from './pack-check/imports.mjs';
import { packInto, publicPackages } from './pack-check/packages.mjs';
import { checkPrograms } from './pack-check/programs.mjs';
import { createProject } from './pack-check/project.mjs';
import { startServers } from './pack-check/servers.mjs';
import { checkSizes } from './pack-check/sizes.mjs';
import { checkTypes } from './pack-check/types.mjs';

const folder = mkdtempSync(join(tmpdir(), 'syncengine-pack-'));
const results = [];

/** Notes how a check went; all of them are made, whatever comes of one. */
async function check(name, action) {
  try {
    const told = await action();
    results.push(true);
    console.log(`ok      ${name}${told === undefined ? '' : `: ${told}`}`);
  } catch (error) {
    results.push(false);
    console.log(`FAILED  ${name}\n${String(error.message ?? error).replace(/^/gm, '        ')}`);
  }
}

try {
  const packages = publicPackages();
  const packed = [];
  for (const each of packages) packed.push(await packInto(folder, each));
  for (const { name, file, bytes } of packed) console.log(`packed  ${name}: ${file}, ${bytes} bytes`);
  await checkSizes(packages, packed, check);
  const servers = await startServers();
  try {
    const checkWith = async (manager) => {
      const project = createProject(join(folder, manager), manager, packed);
      await check(`${manager}: installs`, () => project.install());
      await checkImports(project, packages, check);
      await checkTypes(project, packages, check);
      await checkPrograms(project, packages, servers, check);
    };
    await Promise.all(['npm', 'pnpm'].map(checkWith));
  } finally {
    await servers.stop();
  }
} finally {
  if (process.argv.includes('--keep')) console.log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true });
}

const failed = results.filter((passed) => !passed).length;
console.log(`${results.length - failed} of ${results.length} checks passed`);
process.exitCode = failed === 0 ? 0 : 1;
