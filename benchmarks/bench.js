// `pnpm bench`: whole runs beside every peer that is found, and single parts. Rounds are interleaved, because machines drift;
// quote the ratios, not the seconds. `BENCH_DIR` names a folder on a disk in memory, which is where copies should be timed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareFolders, measureStart } from './local.js';
import { tableOf } from './measure.js';
import { measureParts } from './parts.js';
import { pictureOf } from './picture.js';
import { compareBuckets } from './s3.js';
import { measureListing } from './s3-listing.js';

const help = `pnpm bench [--quick] [--what local,s3,sftp,ftp,parts] [--files 100000] [--s3-files 10000] [--rounds 3]
           [--only syncengine,rsync] [--svg FILE]`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    what: { type: 'string', default: 'local,s3,sftp,ftp,parts' },
    files: { type: 'string' },
    's3-files': { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const { quick } = values;
const what = new Set(values.what.split(','));
const files = Number(values.files ?? (quick ? 5_000 : 100_000));
const s3Files = Number(values['s3-files'] ?? (quick ? 500 : 10_000));
const rounds = Number(values.rounds ?? (quick ? 1 : 3));
const only = values.only?.split(',');

if (values.help) console.log(help);
else await main();

async function main() {
  const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'syncengine-bench-'));
  try {
    const machine = `${cpus().length} processors (${cpus()[0]?.model.trim()}), ${process.platform}, Node ${process.version}`;
    console.log(machine);
    const rows = [];
    if (what.has('local')) {
      console.log(measureStart());
      rows.push(...compareFolders({ files, large: quick ? 2 : 10, rounds, only, root }));
    }
    if (what.has('s3'))
      rows.push(...(await compareBuckets({ files: s3Files, large: quick ? 1 : 5, rounds, only, root })));
    if (rows.length > 0) {
      const places = [
        ...(what.has('local') ? [`${files} files between two folders`] : []),
        ...(what.has('s3') ? ['S3 with Ceph on one machine'] : []),
      ];
      const title = `${places.join('; ')}; median of ${rounds === 1 ? 'one round' : `${rounds} rounds`}`;
      console.log(`\n${title}\n\n${tableOf(rows, 'syncengine')}`);
      if (values.svg !== undefined) writeFileSync(values.svg, pictureOf(rows, title, 'syncengine'));
    }
    // These print tables of their own.
    if (what.has('sftp')) runProgram('sftp.js', quick ? ['500', '50', '1'] : []);
    if (what.has('ftp')) runProgram('ftp.js', quick ? ['500', '50', '1', 'proftpd'] : []);
    if (what.has('parts')) {
      console.log(`\n${await measureParts(quick ? 50_000 : 500_000)}`);
      console.log(await measureListing(quick ? 20_000 : 200_000));
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function runProgram(name, words) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), ...words], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`${name} ended with ${status}.`);
}
