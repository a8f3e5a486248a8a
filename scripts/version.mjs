// `pnpm release:version`: turns the gathered changesets into versions and changelogs. Whoever is released then asks for at
// least those versions of our packages that it was built and tested with. Nothing that breaks users comes in a version
// below 1.0.0 either, except as 1.0.0; so the next major is where what a package takes ends.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { publicPackages } from './pack-check/packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const changeset = createRequire(import.meta.url).resolve('@changesets/cli/bin.js');

const before = manifests();
execFileSync(process.execPath, [changeset, 'version'], { cwd: root, stdio: 'inherit' });
const after = manifests();

for (const [name, { file, text, manifest }] of after) {
  if (manifest.version === before.get(name).manifest.version) continue;
  let changed = text;
  for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
    const { version } = after.get(peer)?.manifest ?? {};
    if (version === undefined) continue;
    const nextMajor = Number(version.split('.')[0]) + 1;
    changed = changed.replace(`"${peer}": "${range}"`, `"${peer}": "workspace:>=${version} <${nextMajor}.0.0"`);
  }
  if (changed !== text) writeFileSync(file, changed);
}

function manifests() {
  return new Map(
    publicPackages().map(({ name, folder }) => {
      const file = join(folder, 'package.json');
      const text = readFileSync(file, 'utf8');
      return [name, { file, text, manifest: JSON.parse(text) }];
    }),
  );
}
