// Uploads of small files to OpenSSH on this machine by the command, beside rsync, rclone and lftp where they are found, and
// the same over a line with a round trip of 40 ms; large files too. `pnpm bench:sftp [FILES] [FAR_FILES] [ROUNDS] [LARGE]`.
// Rounds are interleaved, because machines drift; quote the ratios, not the seconds.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { startOpenSsh } from '../packages/test-servers/dist/index.js';
import { Figures, measure, tableOf } from './measure.js';
import { makeLarge } from './workloads.js';

const fileSize = 10 * 1024;
const oneWayMs = 20;

if (isMainThread) await main();
else startDelayLine(workerData.target);

async function main() {
  const [files = 10_000, farFiles = 1_000, rounds = 3, large = 4] = process.argv.slice(2).map(Number);
  const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'syncengine-bench-'));
  const server = await startOpenSsh();
  const line = new Worker(fileURLToPath(import.meta.url), { workerData: { target: server.port } });
  try {
    const farPort = await new Promise((resolve) => line.once('message', resolve));
    const contenders = contendersFor(server, root);
    const figures = new Figures();
    const kibi = fileSize / 1024;
    for (const [workload, count, port, make] of [
      [`${files} × ${kibi} KiB on this machine`, files, server.port, makeTree],
      [`${farFiles} × ${kibi} KiB over ${2 * oneWayMs} ms`, farFiles, farPort, makeTree],
      [`${large} × 100 MiB on this machine`, large, server.port, (source, count) => makeLarge(source, count, 100)],
    ]) {
      if (count === 0) continue;
      const source = join(root, `source-${figures.rows().length}`);
      make(source, count);
      for (let round = 0; round < rounds; round += 1) {
        for (const { name, run } of contenders) {
          const folder = `${server.files}/${name}-${port}-${round}`;
          mkdirSync(folder);
          const { uid, gid } = statSync(server.files);
          chownSync(folder, uid, gid);
          figures.note(workload, name, run(source, folder, port));
          requireEqual(source, folder);
          rmSync(folder, { recursive: true });
        }
      }
    }
    console.log(`SFTP, medians of ${rounds} rounds of whole processes, Node ${process.version}`);
    console.log(tableOf(figures.rows(), 'syncengine'));
  } finally {
    await line.terminate();
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

function contendersFor(server, root) {
  const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
  const { user, privateKeyFile: key } = server;
  const login = `-i ${key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`;
  let runs = 0;
  const all = [
    {
      name: 'syncengine',
      run: (source, folder, port) => {
        runs += 1;
        const address = new URL(`sftp://${user}@127.0.0.1:${port}${folder}`);
        address.searchParams.set('identity', key);
        address.searchParams.set('fingerprint', server.fingerprints.ed25519);
        const words = ['sync', source, address.href, '--quiet', '--state', join(root, `state-${runs}`)];
        return measure(process.execPath, [command, ...words]);
      },
    },
    {
      name: 'rsync',
      run: (source, folder, port) =>
        measure('rsync', ['-a', '-e', `ssh -p ${port} ${login}`, `${source}/`, `${user}@127.0.0.1:${folder}/`]),
    },
    {
      name: 'rclone',
      run: (source, folder, port) =>
        measure('rclone', [
          ...[
            '--config',
            '/dev/null',
            'copy',
            source,
            `:sftp:${folder}`,
            '--transfers',
            '8',
            '--sftp-disable-hashcheck',
          ],
          ...['--sftp-host', '127.0.0.1', '--sftp-port', String(port), '--sftp-user', user, '--sftp-key-file', key],
        ]),
    },
    {
      name: 'lftp',
      run: (source, folder, port) => {
        const settings = `set sftp:connect-program "ssh -a -x ${login}"; set net:connection-limit 8`;
        const mirror = `mirror -R --no-umask --parallel=8 ${source} ${folder}; exit`;
        return measure('lftp', ['-u', `${user},`, '-e', `${settings}; ${mirror}`, `sftp://127.0.0.1:${port}`]);
      },
    },
  ];
  return all.filter(({ name }) => {
    const isThere = name === 'syncengine' || spawnSync(name, ['--version']).status === 0;
    if (!isThere) console.log(`${name} is not installed (Debian package: ${name}), so it is left out.`);
    return isThere;
  });
}

/** Old times, so that no file counts as just changed; twenty files a folder. */
function makeTree(source, count) {
  const content = randomBytes(fileSize);
  for (let index = 0; index < count; index += 1) {
    const folder = Math.floor(index / 20);
    const path = join(source, `part-${folder % 10}`, `folder-${folder}`, `file-${index}.bin`);
    if (index % 20 === 0) mkdirSync(dirname(path), { recursive: true });
    content.writeUInt32BE(index);
    writeFileSync(path, content);
    utimesSync(path, 1_700_000_000 + index, 1_700_000_000 + index);
  }
}

function requireEqual(source, folder) {
  const { status, stdout } = spawnSync('diff', ['-r', '--exclude=.syncengine', source, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The copy is not equal: ${stdout.slice(0, 500)}`);
}

/** A line that holds every byte up for a while, and takes the next ones meanwhile, as distance does. */
function startDelayLine(target) {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    passOn(near, far);
    passOn(far, near);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
}

function passOn(from, to) {
  const later = (work) => setTimeout(work, oneWayMs);
  from.on('data', (chunk) => later(() => !to.destroyed && to.write(chunk)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.destroy()));
}
