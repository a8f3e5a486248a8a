// Whole runs of the command that bring a tree of small files to an FTP server and look at it again, beside lftp with as many
// connections where it is found. `pnpm bench:ftp [FILES] [ROUNDS] [SERVERS]`; SERVERS are some of
// proftpd,vsftpd,pure-ftpd. Rounds are interleaved, because machines drift; quote the ratios, not the seconds.
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

// By its place: this folder has no packages of its own, and the servers are none that anybody installs.
const { missingFtpServer, startProFtpd, startPureFtpd, startVsftpd } = await import(
  '../packages/test-servers/dist/index.js'
);

const files = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 3);
const starters = { proftpd: startProFtpd, vsftpd: startVsftpd, 'pure-ftpd': startPureFtpd };
const names = (process.argv[4] ?? Object.keys(starters).join(',')).split(',');
const connections = 8;
const size = 10 * 1024;
const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'syncengine-bench-'));
const source = join(root, 'source');
const hasLftp = spawnSync('lftp', ['--version']).status === 0;
if (!hasLftp) console.log('lftp is not installed (Debian package: lftp), so there is nothing to compare with.');

try {
  makeTree();
  for (const name of names) {
    const reason = missingFtpServer(name);
    if (reason === undefined) await measure(name);
    else console.log(`${name}: ${reason}`);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function measure(name) {
  const server = await starters[name]();
  const figures = new Map();
  try {
    for (let round = 0; round < rounds; round += 1) {
      const ours = folder(server, `ours-${round}`);
      const sync = () =>
        time(
          process.execPath,
          [command, 'sync', source, address(server, ours), '--quiet', '--state', join(root, 'state')],
          { SYNCENGINE_FTP_PASSWORD: server.password },
        );
      note(figures, 'upload', 'syncengine', sync());
      note(figures, 'nothing changed', 'syncengine', sync());
      console.log(`${name}: times kept by syncengine: ${timesKept(server, ours)}`);
      rmSync(join(server.files, ours), { recursive: true });
      if (!hasLftp) continue;
      const theirs = folder(server, `theirs-${round}`);
      const mirror = () => time('lftp', ['-c', script(server, theirs)], {});
      note(figures, 'upload', 'lftp', mirror());
      note(figures, 'nothing changed', 'lftp', mirror());
      console.log(`${name}: times kept by lftp: ${timesKept(server, theirs)}`);
      rmSync(join(server.files, theirs), { recursive: true });
    }
    print(name, figures);
  } finally {
    await server.stop();
  }
}

function script(server, theirs) {
  return `set ftp:ssl-allow no; set net:connection-limit ${connections};
    open -u ${server.user},${server.password} ftp://${server.host}:${server.port};
    mirror --reverse --parallel=${connections} ${source} ${server.root}/${theirs}`;
}

function address(server, ours) {
  const settings = `connections=${connections}&timeout=120`;
  return `ftp://${server.user}@${server.host}:${server.port}${server.root}/${ours}?${settings}`;
}

function folder(server, name) {
  mkdirSync(join(server.files, name));
  if (server.ids !== undefined) chownSync(join(server.files, name), ...server.ids);
  return name;
}

/** About a hundred files a folder. */
function makeTree() {
  for (let index = 0; index < files; index += 1) {
    const path = join(source, `folder-${Math.floor(index / 100)}`, `file-${index}`);
    if (index % 100 === 0) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.alloc(size, `${index} `));
    utimesSync(path, 1_700_000_000 + index, 1_700_000_000 + index);
  }
}

function timesKept(server, name) {
  return statSync(join(server.files, name, 'folder-0', 'file-1')).mtimeMs === 1_700_000_001_000 ? 'yes' : 'no';
}

function time(executable, parameters, environment) {
  const begin = process.hrtime.bigint();
  const env = { ...process.env, ...environment };
  const { status, stderr } = spawnSync(executable, parameters, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${executable} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

function note(figures, workload, name, seconds) {
  const rows = figures.get(workload) ?? new Map();
  rows.set(name, [...(rows.get(name) ?? []), seconds]);
  figures.set(workload, rows);
}

function print(server, figures) {
  console.log(
    `\n${server}: ${files} files of ${size} bytes, ${connections} connections, ${rounds} rounds, medians of whole processes`,
  );
  for (const [workload, rows] of figures) {
    const ours = median(rows.get('syncengine'));
    for (const [name, seconds] of rows) {
      const ratio = name === 'syncengine' ? '' : `  theirs / ours ${(median(seconds) / ours).toFixed(2)}`;
      console.log(`${workload.padEnd(16)} ${name.padEnd(12)} ${median(seconds).toFixed(2)} s${ratio}`);
    }
  }
}

function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)];
}
