// `pnpm release:check`: the next release without its consequences. In a copy the gathered changesets become versions: none may
// rise further than its changesets ask for, and what our packages ask of each other has to fit. Then each package is published
// as far as that goes without an account. The packages have to be built.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { diff, satisfies } from 'semver';
import { publicPackages } from './pack-check/packages.mjs';
import { pnpm, run } from './pack-check/run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const ranks = [null, 'patch', 'minor', 'major'];
const packages = publicPackages();
const problems = [];

const folder = mkdtempSync(join(tmpdir(), 'syncengine-release-'));
try {
  const copy = join(folder, 'copy');
  execFileSync('git', ['clone', '-q', root, copy]);
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const asked = rankAskedFor(copy);
  const before = manifestsIn(copy);
  await run(process.execPath, [join(copy, 'scripts/version.mjs')], { cwd: copy });
  const after = manifestsIn(copy);
  for (const [name, manifest] of after) {
    const old = before.get(name).version;
    console.log(`${name}: ${old} → ${manifest.version}`);
    // Without a changeset of its own a package still gets a patch, with which it asks for the others' new versions.
    const rank = ranks.indexOf(diff(old, manifest.version));
    if (rank > Math.max(asked.get(name) ?? 0, 1)) problems.push(`${name} rises further than any changeset asks for.`);
    const { dependencies = {}, peerDependencies = {} } = manifest;
    for (const [other, range] of Object.entries({ ...dependencies, ...peerDependencies })) {
      const { version } = after.get(other) ?? {};
      if (version !== undefined && !satisfies(version, plainRange(range, version))) {
        problems.push(`${name} asks for ${other} ${range}, which becomes ${version}.`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

for (const { name, folder: home } of packages) {
  try {
    await run(pnpm, ['publish', '--dry-run', '--no-git-checks'], { cwd: home });
    console.log(`${name}: can be published`);
  } catch (error) {
    problems.push(error.message);
  }
}

for (const problem of problems) console.log(`FAILED  ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function manifestsIn(copy) {
  const read = (home) => JSON.parse(readFileSync(join(copy, 'packages', home, 'package.json'), 'utf8'));
  const all = readdirSync(join(copy, 'packages')).map(read);
  return new Map(all.filter((each) => !each.private).map((each) => [each.name, each]));
}

/** The highest rise that the changesets ask for, by the name of the package. */
function rankAskedFor(copy) {
  const ranked = new Map();
  for (const file of readdirSync(join(copy, '.changeset'))) {
    if (!file.endsWith('.md') || file === 'README.md') continue;
    const text = readFileSync(join(copy, '.changeset', file), 'utf8');
    for (const [, name, rise] of text.matchAll(/^['"]([^'"]+)['"]: (patch|minor|major)$/gm)) {
      ranked.set(name, Math.max(ranked.get(name) ?? 0, ranks.indexOf(rise)));
    }
  }
  return ranked;
}

/** What is published in place of a range of the workspace. */
function plainRange(range, version) {
  const plain = range.replace(/^workspace:/, '');
  return /^[\^~*]$/.test(plain) ? `${plain.replace('*', '')}${version}` : plain;
}
