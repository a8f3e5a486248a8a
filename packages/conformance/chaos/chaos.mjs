// `pnpm chaos --rounds 500 [--seed S] [--jobs N]`: attacks the built command on real folders, and judges what is left.
// Choices follow from the seed. When a process is killed does not: a finding may need several tries to show again.
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const roundsOfAnEpisode = 10;
const smallDisk = '48m';
/** Nobody in particular. */
const ordinaryUser = 65_534;
const inMemory = '/dev/shm';
const enough = 2 ** 30;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    jobs: { type: 'string', default: '2' },
  },
});
const [rounds, seed, jobs] = ['rounds', 'seed', 'jobs'].map((name) => whole(name, values[name]));
const command = fileURLToPath(new URL('../../cli/dist/bin.js', import.meta.url));
const episodeScript = fileURLToPath(new URL('episode.mjs', import.meta.url));

function whole(name, text) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  process.stderr.write(`--${name} must be a whole number, not ${text}.\n`);
  process.exit(2);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

const isRoot = process.getuid?.() === 0;
/** Root can lay its rights down, where an ordinary user may read the command at all. */
const user = isRoot && canReadAs(ordinaryUser) ? { uid: ordinaryUser, gid: ordinaryUser } : {};
const canLock = process.platform !== 'win32' && (!isRoot || user.uid !== undefined);
const base = mkdtempSync(join(hasRoomInMemory() ? inMemory : tmpdir(), 'syncengine-chaos-'));
chmodSync(base, 0o755);
const canMount = isRoot && process.platform === 'linux' && triesToMount();

/** A disk would be busy flushing most of the time. */
function hasRoomInMemory() {
  if (!existsSync(inMemory)) return false;
  const { bavail, bsize } = statfsSync(inMemory);
  return bavail * bsize >= enough;
}

function canReadAs(uid) {
  const script = 'for (const file of process.argv.slice(1)) require("fs").readFileSync(file)';
  const { status } = spawnSync(process.execPath, ['-e', script, command, episodeScript], { uid, gid: uid, cwd: '/' });
  return status === 0;
}

function mount(folder) {
  mkdirSync(folder);
  const options = `size=${smallDisk},uid=${user.uid ?? 0},gid=${user.gid ?? 0}`;
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'syncengine-chaos', folder]).status === 0;
}

function triesToMount() {
  const folder = join(base, 'small');
  const mounted = mount(folder);
  if (mounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return mounted;
}

const mounted = new Set();
const children = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of children) child.kill('SIGKILL');
    // What a killed episode still had running may hold its disk for a moment longer.
    for (const folder of mounted) spawnSync('umount', ['-l', folder]);
    process.exit(130);
  });
}

const total = { rounds: 0, runs: 0, killed: 0, edits: 0, looks: 0, full: 0, locked: 0 };
const findings = [];

/** @returns when the process of the episode has ended */
async function play(episodeSeed, count) {
  const folder = join(base, String(episodeSeed));
  mkdirSync(folder);
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  // Every third pair has one side on a disk that gets full.
  const small = canMount && episodeSeed % 3 === 0 ? join(base, `${episodeSeed}-small`) : undefined;
  if (small !== undefined && !mount(small)) throw new Error(`${small} cannot be mounted`);
  if (small !== undefined) mounted.add(small);
  const options = { seed: episodeSeed, rounds: count, folder, small, canLock, command };
  let tally = {};
  let isBroken = true;
  const child = fork(episodeScript, [JSON.stringify(options)], { ...user, cwd: folder });
  children.add(child);
  child.on('message', (message) => {
    if (message.type === 'finding') {
      findings.push(message.message);
      say(
        `\nFinding: ${message.message}\nEverything is kept in ${folder}${small === undefined ? '' : ` and ${small}`}, what happened in its history.log.`,
      );
      say(`To repeat it, several times if need be: pnpm chaos --rounds ${count} --seed ${episodeSeed} --jobs 1\n`);
    } else {
      tally = message.tally;
      total.rounds += 1;
      if (total.rounds % 25 === 0) say(`  ${total.rounds} rounds, ${findings.length} findings`);
    }
  });
  await new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      children.delete(child);
      isBroken = code !== 0;
      if (signal !== null) findings.push(`the episode ${episodeSeed} was ended by ${signal}`);
      resolve();
    });
  });
  for (const [name, number] of Object.entries(tally)) total[name] += number;
  if (isBroken) return;
  if (small !== undefined) {
    execFileSync('umount', [small]);
    mounted.delete(small);
  }
  for (const place of [folder, small]) if (place !== undefined) rmSync(place, { recursive: true });
}

say(`Chaos with the seed ${seed}: ${rounds} rounds in ${base}`);
if (!canMount) say('No disk is filled: that takes root and the right to mount.');
if (!canLock) say('No permissions are taken away: root does not notice, and no other user may read the command.');
const begin = Date.now();
let next = 0;
async function work() {
  while (next * roundsOfAnEpisode < rounds) {
    const index = next;
    next += 1;
    await play(seed + index, Math.min(roundsOfAnEpisode, rounds - index * roundsOfAnEpisode));
  }
}
await Promise.all(Array.from({ length: Math.max(1, jobs) }, work));
const seconds = Math.round((Date.now() - begin) / 1000);
say(
  `${total.rounds} rounds in ${seconds} s: ${total.runs} runs, ${total.killed} killed, ${total.edits} edits, ${total.full} on a full disk, both folders looked at ${total.looks} times meanwhile.`,
);
if (findings.length === 0) {
  rmSync(base, { recursive: true });
  say('No finding.');
} else {
  say(`${findings.length} findings.`);
  process.exitCode = 1;
}
