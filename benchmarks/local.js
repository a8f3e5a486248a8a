// Whole runs of the command on a tree of small files, beside rsync where it is found. `pnpm bench [FILES] [ROUNDS]`.
// Rounds are interleaved, because machines drift; quote the ratios, not the seconds.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const files = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 3);
const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'syncengine-bench-'));
const source = join(root, 'source');

const contenders = [
  {
    name: 'syncengine',
    run: (destination) =>
      time(process.execPath, [command, 'sync', source, destination, '--quiet', '--state', join(root, 'state')]),
  },
];
if (spawnSync('rsync', ['--version']).status === 0) {
  contenders.push({ name: 'rsync -a', run: (destination) => time('rsync', ['-a', `${source}/`, `${destination}/`]) });
} else console.log('rsync is not installed (Debian package: rsync), so there is nothing to compare with.');

try {
  makeTree();
  const figures = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, run } of contenders) {
      const destination = join(root, `${name.replace(/\W/g, '')}-${round}`);
      note(figures, 'first copy', name, run(destination));
      note(figures, 'nothing changed', name, run(destination));
      rmSync(destination, { recursive: true });
    }
  }
  print(figures);
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** Old times, so that no file counts as just changed; about twenty files a folder, 2 kB on average. */
function makeTree() {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  for (let index = 0; index < files; index += 1) {
    const folder = Math.floor(index / 20);
    const path = join(source, `part-${folder % 10}`, `folder-${folder}`, `file-${index}.txt`);
    if (index % 20 === 0) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${index} `.repeat(1 + Math.floor(random() * 700)));
    utimesSync(path, 1_700_000_000 + index, 1_700_000_000 + index);
  }
}

function time(executable, parameters) {
  const begin = process.hrtime.bigint();
  const { status, stderr } = spawnSync(executable, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${executable} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

function note(figures, workload, name, seconds) {
  const rows = figures.get(workload) ?? new Map();
  rows.set(name, [...(rows.get(name) ?? []), seconds]);
  figures.set(workload, rows);
}

function print(figures) {
  console.log(`\n${files} files, ${rounds} rounds, medians of whole processes, Node ${process.version}`);
  for (const [workload, rows] of figures) {
    const ours = median(rows.get('syncengine'));
    for (const [name, seconds] of rows) {
      const ratio = name === 'syncengine' ? '' : `  ours / theirs ${(ours / median(seconds)).toFixed(2)}`;
      console.log(`${workload.padEnd(16)} ${name.padEnd(12)} ${median(seconds).toFixed(2)} s${ratio}`);
    }
  }
}

function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)];
}
