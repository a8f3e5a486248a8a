// Whole runs of the command between two local folders, beside every peer that is found.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Figures, measure, presentOf, versionOf } from './measure.js';
import { changeSome, makeLarge, makeTree, renamePart } from './workloads.js';

const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));

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
];

/** @returns rows of figures, rounds interleaved */
export function compareFolders({ files, large, rounds, only, root }) {
  const present = presentOf(contenders, only);
  for (const { name, version, flag } of present) console.log(`${name}: ${version ?? versionOf(name, flag)}`);
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
        settle(root);
        figures.note(workload, name, run(source, destination));
      }
    };
    step('first copy');
    step('nothing changed');
    step('1 % edited, 0.5 % added, 0.5 % deleted', (source) => changeSome(source, round + 2));
    step('folder with 10 % renamed', (source) => renamePart(source, round));
    for (const { source, destination } of pairs) {
      removeAll(source, destination);
    }
    copyLarge({ present, large, figures, root });
  }
  return figures.rows();
}

/** One source for all: nobody writes to it. */
function copyLarge({ present, large, figures, root }) {
  const source = join(root, 'large-source');
  makeLarge(source, large, 100);
  for (const { name, run } of present) {
    const destination = join(root, `large-${name}`);
    settle(root);
    figures.note(`${large} × 100 MiB, first copy`, name, run(source, destination));
    removeAll(destination);
  }
  removeAll(source);
}

/** What others have written reaches the disk before the clock starts: it is not the next one's to wait for. */
function settle(root) {
  spawnSync('sync', ['-f', root]);
}

function removeAll(...places) {
  for (const place of places) {
    for (const path of [place, `${place}.state`, `${place}.unison`]) rmSync(path, { recursive: true, force: true });
  }
}

/** A line that tells what the start of the command costs. */
export function measureStart() {
  const figures = new Figures();
  for (let round = 0; round < 5; round += 1) {
    figures.note('start', 'node -e 0', measure(process.execPath, ['-e', '0']));
    figures.note('start', 'syncengine', measure(process.execPath, [command, '--version']));
  }
  const [node, own] = figures.rows();
  const ratio = (own.seconds / node.seconds).toFixed(2);
  return `syncengine --version takes ${(own.seconds * 1000).toFixed(0)} ms, ${ratio} times as long as node -e 0`;
}
