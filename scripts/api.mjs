// `pnpm api` writes the public face of every package to `etc/`, as its types tell it: what stands there is what users can
// rely on. `pnpm api:check` fails when a report is not that of the types any more, so a change of the face is seen in review.
// `pnpm api:reference` writes the same with all comments, as linked pages, to `docs/api/`, which is not checked in.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { publicPackages } from './pack-check/packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'etc');
const isCheck = process.argv.includes('--check');
const isReference = process.argv.includes('--reference');

const folder = mkdtempSync(join(tmpdir(), 'syncengine-api-'));
const stale = [];
try {
  const expected = new Set(['README.md']);
  for (const each of publicPackages()) {
    for (const entry of entriesOf(each)) {
      const name = `${entry.name}.api.md`;
      expected.add(name);
      // One model to a package: its other entries tell parts of the same.
      if (isReference && entry.path !== '.') continue;
      const report = reportOf(each, entry);
      if (!isReference && isWritten(name, report)) stale.push(name);
    }
  }
  if (isReference) writeReference();
  for (const name of readdirSync(reports)) {
    if (isReference || expected.has(name)) continue;
    stale.push(name);
    if (!isCheck) rmSync(join(reports, name));
  }
} finally {
  rmSync(folder, { recursive: true });
}

if (isReference) console.log('Written: docs/api/index.md and the pages that it leads to.');
else if (isCheck && stale.length > 0) {
  console.log(
    `The public face changed: ${stale.join(', ')}. If it was meant to, run \`pnpm api\` and commit what it writes.`,
  );
  process.exitCode = 1;
} else console.log(stale.length === 0 ? 'The reports in etc/ are up to date.' : `Written: ${stale.join(', ')}.`);

/** Each entry of `exports` that has types has a report of its own. */
function entriesOf({ folder: home, name }) {
  const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  return Object.entries(exports).flatMap(([path, { types }]) => {
    if (types === undefined) return [];
    return { path, name: `${basename(name)}${path.slice(1).replaceAll('/', '-')}`, types: join(home, types) };
  });
}

/** The report of the types as they are built. */
function reportOf({ folder: home }, { name, types }) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(home, 'package.json'),
    configObject: {
      projectFolder: home,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      // Of its own TypeScript, for ours has no interface for other programs.
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            target: 'es2023',
            lib: ['es2023'],
            types: ['node'],
            typeRoots: [join(home, 'node_modules/@types')],
            strict: true,
          },
          files: [types],
        },
      },
      apiReport: { enabled: true, reportFileName: name, reportFolder: folder, reportTempFolder: folder },
      docModel: { enabled: isReference, apiJsonFilePath: join(folder, 'models', `${name}.api.json`) },
      dtsRollup: { enabled: false },
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      // What is left are errors: all else was switched off, but for the note that the report is new.
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  return readFileSync(join(folder, `${name}.api.md`), 'utf8');
}

/** True when the report that is checked in is another one; unless this is a check, it is written. */
function isWritten(name, report) {
  const file = join(reports, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === report) return false;
  if (!isCheck) writeFileSync(file, report);
  return true;
}

function writeReference() {
  const documenter = join(root, 'node_modules/@microsoft/api-documenter/bin/api-documenter');
  const target = join(root, 'docs/api');
  rmSync(target, { recursive: true, force: true });
  const args = [documenter, 'markdown', '--input-folder', join(folder, 'models'), '--output-folder', target];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
