// Whole runs of the command between two local folders, beside every peer that is found.
// `pnpm bench [--quick] [--files 100000] [--rounds 3] [--svg FILE] [--only syncengine,rsync]`; `BENCH_DIR` names a folder on
// a disk in memory, which is where copies should be timed. Rounds are interleaved, because machines drift; quote the ratios.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Figures, isInstalled, measure, pictureOf, tableOf, versionOf } from './measure.js';
import { measureParts } from './parts.js';
import { changeSome, makeTree, renamePart } from './workloads.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    files: { type: 'string' },
    rounds: { type: 'string' },
    svg: { type: 'string' },
    only: { type: 'string' },
  },
});
const files = Number(values.files ?? (values.quick ? 5_000 : 100_000));
const rounds = Number(values.rounds ?? (values.quick ? 2 : 3));
const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'syncengine-bench-'));

const contenders = [
  {
    name: 'syncengine',
    version: `${versionOf(process.execPath)} (Node)`,
    run: (source, destination) =>
      measure(process.execPath, [command, 'sync', source, destination, '--quiet', '--state', `${destination}.state`]),
  },
  {
    name: 'rsync',
    package: 'rsync',
    run: (source, destination) => measure('rsync', ['-a', '--delete', `${source}/`, `${destination}/`]),
  },
  {
    name: 'unison',
    package: 'unison',
    flag: '-version',
    run: (source, destination) => {
      mkdirSync(destination, { recursive: true });
      const env = { UNISON: `${destination}.unison` };
      return measure('unison', [source, destination, '-batch', '-auto', '-silent', '-times'], { env });
    },
  },
  {
    name: 'rclone',
    package: 'rclone',
    run: (source, destination) => measure('rclone', ['sync', source, destination]),
  },
].filter(({ name }) => values.only === undefined || values.only.split(',').includes(name));

const present = contenders.filter(({ name, package: debian }) => {
  if (debian === undefined || isInstalled(name)) return true;
  console.log(`${name} is not installed (Debian package: ${debian}), so it is not compared with.`);
  return false;
});

try {
  console.log(`${cpus().length} processors (${cpus()[0]?.model.trim()}), ${process.platform}, Node ${process.version}`);
  for (const { name, version, flag } of present) console.log(`${name}: ${version ?? versionOf(name, flag)}`);
  console.log(measureStart());
  const rows = compare();
  console.log(`\n${files} files, ${rounds} rounds, medians of whole processes\n\n${tableOf(rows, 'syncengine')}`);
  if (values.svg !== undefined) writeFileSync(values.svg, pictureOf(rows, `${files} files between two local folders`));
  console.log(`\n${await measureParts(values.quick ? 50_000 : 500_000)}`);
} finally {
  rmSync(root, { recursive: true, force: true });
}

function compare() {
  const figures = new Figures();
  for (let round = 0; round < rounds; round += 1) {
    const pairs = present.map(({ name, run }) => {
      const source = join(root, `${name}-source`);
      makeTree(source, files);
      return { name, source, destination: join(root, `${name}-destination`), run };
    });
    const step = (workload, before = () => undefined) => {
      for (const { name, source, destination, run } of pairs) {
        before(source);
        figures.note(workload, name, run(source, destination));
      }
    };
    step('first copy');
    step('nothing changed');
    step('1 % edited, 0.5 % added, 0.5 % deleted', (source) => changeSome(source, round + 2));
    step('folder with 10 % renamed', (source) => renamePart(source, round));
    for (const { source, destination } of pairs) {
      for (const path of [source, destination, `${destination}.state`, `${destination}.unison`]) {
        rmSync(path, { recursive: true, force: true });
      }
    }
  }
  return figures.rows();
}

function measureStart() {
  const figures = new Figures();
  for (let round = 0; round < 5; round += 1) {
    figures.note('start', 'node -e 0', measure(process.execPath, ['-e', '0']));
    figures.note('start', 'syncengine', measure(process.execPath, [command, '--version']));
  }
  const [node, own] = figures.rows();
  const ratio = (own.seconds / node.seconds).toFixed(2);
  return `syncengine --version takes ${(own.seconds * 1000).toFixed(0)} ms, ${ratio} times as long as node -e 0`;
}
