// Whole runs of the command that bring a tree of small files to an FTP server and look at it again, beside lftp with as many
// connections where it is found; and the same over a line with a round trip of 40 ms.
// `pnpm bench:ftp [FILES] [FAR_FILES] [ROUNDS] [SERVERS]`; SERVERS are some of proftpd,vsftpd,pure-ftpd.
// Rounds are interleaved, because machines drift; quote the ratios, not the seconds.
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Figures, measure as run, tableOf } from './measure.js';

// By its place: this folder has no packages of its own, and the servers are none that anybody installs.
const { missingFtpServer, startProFtpd, startPureFtpd, startVsftpd } = await import(
  '../packages/test-servers/dist/index.js'
);

const connections = 8;
const size = 10 * 1024;
const oneWayMs = 20;

if (isMainThread) await main();
else startDelayLine(workerData.target);

async function main() {
  const [files = 10_000, farFiles = 1_000, rounds = 3] = process.argv.slice(2, 5).map(Number);
  const starters = { proftpd: startProFtpd, vsftpd: startVsftpd, 'pure-ftpd': startPureFtpd };
  const names = (process.argv[5] ?? Object.keys(starters).join(',')).split(',');
  const hasLftp = spawnSync('lftp', ['--version']).status === 0;
  if (!hasLftp) console.log('lftp is not installed (Debian package: lftp), so there is nothing to compare with.');
  const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'syncengine-bench-'));
  try {
    for (const name of names) {
      const reason = missingFtpServer(name);
      if (reason !== undefined) console.log(`${name}: ${reason}`);
      else await measure({ name, start: starters[name], files, farFiles, rounds, root, hasLftp });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function measure({ name, start, files, farFiles, rounds, root, hasLftp }) {
  const server = await start();
  const line = new Worker(fileURLToPath(import.meta.url), { workerData: { target: server.port } });
  try {
    const farPort = await new Promise((resolve) => line.once('message', resolve));
    for (const [where, count, port] of [
      ['on this machine', files, server.port],
      [`over ${2 * oneWayMs} ms`, farFiles, farPort],
    ]) {
      if (count === 0) continue;
      const source = join(root, `source-${count}`);
      makeTree(source, count);
      const figures = new Figures();
      const tools = [['syncengine', oursIn(server, port, root)], ...(hasLftp ? [['lftp', lftpIn(server, port)]] : [])];
      for (let round = 0; round < rounds; round += 1) {
        for (const [tool, mirror] of tools) {
          const target = folder(server, `${tool}-${port}-${round}`);
          figures.note('upload', tool, mirror(source, target));
          requireEqual(source, join(server.files, target));
          console.log(`${name} ${where}: times kept by ${tool}: ${timesKept(server, target)}`);
          figures.note('nothing changed', tool, mirror(source, target));
          rmSync(join(server.files, target), { recursive: true });
        }
      }
      const title = `${name} ${where}: ${count} files of ${size} bytes, ${connections} connections`;
      console.log(
        `\n${title}, medians of ${rounds} rounds of whole processes\n${tableOf(figures.rows(), 'syncengine')}`,
      );
    }
  } finally {
    await line.terminate();
    await server.stop();
  }
}

function oursIn(server, port, root) {
  const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
  const settings = `connections=${connections}&timeout=120`;
  return (source, target) => {
    const address = `ftp://${server.user}@${server.host}:${port}${server.root}/${target}?${settings}`;
    const words = ['sync', source, address, '--quiet', '--state', join(root, 'state')];
    return run(process.execPath, [command, ...words], { env: { SYNCENGINE_FTP_PASSWORD: server.password } });
  };
}

function lftpIn(server, port) {
  return (source, target) => {
    const script = `set ftp:ssl-allow no; set net:connection-limit ${connections};
      open -u ${server.user},${server.password} ftp://${server.host}:${port};
      mirror --reverse --parallel=${connections} ${source} ${server.root}/${target}`;
    return run('lftp', ['-c', script]);
  };
}

function folder(server, name) {
  mkdirSync(join(server.files, name));
  if (server.ids !== undefined) chownSync(join(server.files, name), ...server.ids);
  return name;
}

/** About a hundred files a folder. */
function makeTree(source, count) {
  for (let index = 0; index < count; index += 1) {
    const path = join(source, `folder-${Math.floor(index / 100)}`, `file-${index}`);
    if (index % 100 === 0) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.alloc(size, `${index} `));
    utimesSync(path, 1_700_000_000 + index, 1_700_000_000 + index);
  }
}

function requireEqual(source, target) {
  const { status, stdout } = spawnSync('diff', ['-r', '--exclude=.syncengine', source, target], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The copy is not equal: ${stdout.slice(0, 500)}`);
}

function timesKept(server, name) {
  return statSync(join(server.files, name, 'folder-0', 'file-1')).mtimeMs === 1_700_000_001_000 ? 'yes' : 'no';
}

/**
 * A line that holds every byte up for a while, and takes the next ones meanwhile, as distance does; and the making of each
 * connection too. Where the server names a port for data, the client is told one of a line of its own.
 */
function startDelayLine(target) {
  const control = createServer({ allowHalfOpen: true, noDelay: true }, (near) => joinTo(near, target, rewritten));
  control.listen(0, '127.0.0.1', () => parentPort.postMessage(control.address().port));
}

function joinTo(near, target, change) {
  const begin = performance.now();
  const early = [];
  let far;
  // Timers that end in the same moment need not come in order, but bytes and the end after them have to.
  const toServerInOrder = inOrder((work) => (far === undefined ? early.push(work) : work(far)));
  // The first bytes cannot leave before the connection is there, which takes a round trip.
  const toServer = (work) => toServerInOrder(work, Math.max(oneWayMs, begin + 3 * oneWayMs - performance.now()));
  near.on('data', (chunk) => toServer((socket) => socket.writable && socket.write(chunk)));
  near.on('end', () => toServer((socket) => socket.end()));
  near.on('error', () => toServer((socket) => socket.destroy()));
  setTimeout(() => {
    far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    let order = Promise.resolve();
    const toClientInOrder = inOrder((work) => work());
    const toClient = (work) => toClientInOrder(work, oneWayMs);
    far.on('data', (chunk) => {
      order = order.then(async () => {
        const bytes = change === undefined ? chunk : await change(chunk);
        toClient(() => near.writable && near.write(bytes));
      });
    });
    far.on('end', () => {
      order = order.then(() => toClient(() => near.end()));
    });
    far.on('error', () => toClient(() => near.destroy()));
    for (const work of early.splice(0)) work(far);
  }, oneWayMs);
}

/** Hands over what it is given, each after its time, in the order in which it was given. */
function inOrder(handOver) {
  const waiting = [];
  return (work, milliseconds) => {
    waiting.push(work);
    setTimeout(() => handOver(waiting.shift()), milliseconds);
  };
}

/** Answers that name a port fit into one packet on this machine. */
async function rewritten(chunk) {
  let text = chunk.toString('latin1');
  for (const [whole, port] of text.matchAll(/^229 [^\r\n]*\(\|\|\|(\d+)\|\)/gm)) {
    text = text.replace(whole, whole.replace(`|||${port}|`, `|||${await dataLine(Number(port))}|`));
  }
  for (const [whole, address, high, low] of text.matchAll(/^227 [^\r\n]*?(\d+,\d+,\d+,\d+),(\d+),(\d+)/gm)) {
    const port = await dataLine(Number(high) * 256 + Number(low));
    text = text.replace(whole, whole.replace(`${address},${high},${low}`, `127,0,0,1,${port >> 8},${port & 255}`));
  }
  return Buffer.from(text, 'latin1');
}

function dataLine(target) {
  return new Promise((resolve) => {
    const line = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      line.close();
      joinTo(near, target);
    });
    line.listen(0, '127.0.0.1', () => resolve(line.address().port));
  });
}
