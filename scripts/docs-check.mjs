// `pnpm docs:check`: every command and every program in the documents, run as it is written. Each page has a home folder of its
// own, with a few files; its blocks are run there one after the other. Where a page names a server, one of the tests' stands in for
// it. What stands under .github is looked at too. A block that cannot be run says so in a comment before it: `<!-- not run: why -->`. The packages have to be built.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { publicPackages } from './pack-check/packages.mjs';
import { environment, run } from './pack-check/run.mjs';
import { startServers } from './pack-check/servers.mjs';
import { brokenWorkflows } from './workflows.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  ...[
    'getting-started',
    'modes',
    'conflicts',
    'ignore-rules',
    'backup-and-restore',
    'state-and-recovery',
    'safety',
    'storages',
    'embedding',
    'faq',
  ].map((name) => `docs/${name}.md`),
];

const folder = mkdtempSync(join(tmpdir(), 'syncengine-docs-'));
const servers = await startServers();
let [ran, failed] = [0, 0];
try {
  for (const page of pages) await checkPage(page);
} finally {
  await servers.stop();
  rmSync(folder, { recursive: true });
}
failed += brokenLinks();
for (const wrong of brokenWorkflows(root)) {
  failed += 1;
  console.log(`FAILED  ${wrong}`);
}
console.log(`${ran} blocks were run, ${failed} things failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function checkPage(page) {
  const text = readFileSync(join(root, page), 'utf8');
  const home = newHome(page.replaceAll('/', '-'));
  const { env, edit } = await placesFor(page, text, home);
  for (const { language, body, skip } of blocksOf(text)) {
    if (skip !== undefined || !['sh', 'ts', 'js'].includes(language)) continue;
    ran += 1;
    try {
      if (language === 'sh') await run('sh', ['-euc', edit(asTyped(body))], { cwd: home, env });
      else {
        writeFileSync(join(home, 'program.mjs'), body);
        await run(process.execPath, ['program.mjs'], { cwd: home, env });
      }
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${page}\n${body}\n${error.message}\n`);
    }
  }
}

function blocksOf(text) {
  const pattern = /(?:^<!-- not run: (?<skip>.*) -->\n\n)?^```(?<language>\w*)\n(?<body>.*?)^```$/gms;
  return [...text.matchAll(pattern)].map(({ groups }) => groups);
}

/** What is tried elsewhere is left out (`pack:check` installs the packages), and what is built here stands for a clone. */
function asTyped(body) {
  return body
    .replaceAll(/^npm install .*$/gm, '')
    .replaceAll(/^npx -y pnpm@\S+ test\b.*$/gm, '')
    .replaceAll(/^npx -y pnpm@\S+ sync\b/gm, 'syncengine sync');
}

/** A user's home, with the command and the packages. */
function newHome(name) {
  const home = join(folder, name);
  const files = {
    'documents/letter.txt': 'Dear reader',
    'documents/drafts/idea.txt': 'an idea',
    'photos/2026/beach.jpg': 'a picture',
    'site/index.html': '<h1>Welcome</h1>',
    'usb/photos/old.jpg': 'an old picture',
    'shared/theirs.txt': 'of others',
    'bin/syncengine': `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'packages/cli/dist/bin.js')}' "$@"\n`,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  }
  chmodSync(join(home, 'bin/syncengine'), 0o755);
  for (const { name: packageName, folder: target } of publicPackages()) {
    mkdirSync(join(home, 'node_modules', dirname(packageName)), { recursive: true });
    symlinkSync(target, join(home, 'node_modules', packageName));
  }
  return home;
}

/** Each page that names servers gets places on those of the tests. */
async function placesFor(page, text, home) {
  const own = {
    HOME: home,
    XDG_STATE_HOME: join(home, '.local/state'),
    PATH: `${join(home, 'bin')}:${process.env.PATH}`,
  };
  const name = page.replaceAll(/[^a-z]/g, '');
  const edits = [];
  let env = environment(own);
  const at = async (packageName, shown) => {
    if (!text.includes(shown)) return;
    const place = await servers.places[packageName](name, home);
    env = { ...env, ...place.env };
    edits.push([shown, place.address]);
  };
  await at('@syncengine/s3', 's3://my-bucket/documents');
  await at('@syncengine/sftp', 'sftp://nas/srv/documents');
  await at('@syncengine/ftp', 'ftp://ann@ftp.example.com/site');
  await at('@syncengine/google-drive', 'gdrive:/Backups/documents');
  const edit = (body) => {
    let edited = body;
    for (const [shown, address] of edits) edited = edited.replaceAll(shown, address);
    // The servers' own secrets are in the environment already.
    return edited.replaceAll(/^export (?:SYNCENGINE|AWS)_.*$/gm, '');
  };
  return { env, edit };
}

/** Links of the documents that lead to no file. */
function brokenLinks() {
  const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'etc/README.md'];
  for (const name of readdirSync(join(root, 'docs'))) if (name.endsWith('.md')) documents.push(`docs/${name}`);
  let broken = 0;
  for (const page of documents) {
    const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```$/gms, '');
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (existsSync(join(root, dirname(page), target))) continue;
      broken += 1;
      console.log(`FAILED  ${page} leads to ${target}, which is not there`);
    }
  }
  return broken;
}
