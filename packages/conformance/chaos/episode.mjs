// One life of a pair of folders: some rounds of edits, attacks on runs, healing and judgement. A process of its own, so
// that it can be an ordinary user's, from whom permissions can be taken away.
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { restorePermissions, takeCensus } from './census.mjs';
import { start } from './command.mjs';
import { Finding, judgeLeader, judgeRun, judgeSettled, judgeUnseen } from './judge.mjs';
import { Person } from './person.mjs';
import { Random } from './random.mjs';

const sides = ['source', 'destination'];
const allowed = ['--allow', 'deletions', '--allow', 'root-emptied'];
/** Finished, problems or conflicts left, stopped by a rail, failed as a whole (no space for the state, …), interrupted. */
const honestEnds = new Set([0, 1, 3, 4, 130]);

class Episode {
  #options;
  #random;
  #folder;
  #small;
  #mode;
  #state;
  #places;
  #people;
  #watcher = new Worker(new URL('watcher.mjs', import.meta.url));
  #ids = 0;
  /** How long a run takes that has something to do. */
  #usualMs = 600;
  /** Since the last run that ended clean, one did not. */
  #isUnfinished = false;
  /** Files whose permissions were changed when perhaps nothing remembered them. */
  #unknown = new Set();
  tally = { runs: 0, killed: 0, edits: 0, looks: 0, full: 0, locked: 0 };

  constructor(options) {
    this.#options = options;
    this.#folder = options.folder;
    this.#random = new Random(options.seed);
    const dice = this.#random.next();
    this.#mode = dice < 0.7 ? 'two-way' : dice < 0.85 ? 'source-to-destination' : 'source-backup';
    this.#small = options.small === undefined ? undefined : this.#random.pick(sides);
    const disks = Object.fromEntries(
      sides.map((side) => [side, side === this.#small ? options.small : join(this.#folder, `${side}-disk`)]),
    );
    const stateIsSmall = this.#small !== undefined && this.#random.chance(0.4);
    this.#state = join(stateIsSmall ? options.small : this.#folder, 'state');
    this.#places = { source: join(disks.source, 'root'), destination: join(disks.destination, 'root') };
    for (const side of sides) {
      for (const part of ['root', 'limbo']) mkdirSync(join(disks[side], part), { recursive: true });
    }
    mkdirSync(join(this.#folder, 'home'));
    writeFileSync(join(this.#folder, 'bystander'), 'not yours');
    const person = (side) =>
      new Person({
        side,
        random: this.#random,
        root: this.#places[side],
        limbo: join(disks[side], 'limbo'),
        newId: () => this.#newId(),
        history: (line) => this.#note(line),
      });
    this.#people = { source: person('source'), destination: person('destination') };
    const small =
      this.#small === undefined ? '' : `, the ${this.#small}${stateIsSmall ? ' and the state' : ''} on a small disk`;
    this.#note(`seed ${options.seed}, mode ${this.#mode}${small}`);
  }

  async play(rounds) {
    for (let count = 0; count < 40; count += 1) this.#person().create();
    for (let round = 0; round < rounds; round += 1) {
      this.#note(`--- round ${round}`);
      const attacks = 1 + this.#random.below(2);
      for (let attack = 0; attack < attacks; attack += 1) await this.#attack();
      await this.#settle();
      process.send({ type: 'round', tally: this.tally });
    }
    await this.#watcher.terminate();
  }

  async #attack() {
    this.#edit(this.#random.below(this.#random.chance(0.2) ? 60 : 12));
    const before = this.#look();
    const isFull = this.#small !== undefined && this.#random.chance(0.5);
    const isLocked = this.#options.canLock && this.#random.chance(0.35);
    for (const side of sides) this.#people[side].beginAccount();
    if (isFull) this.#fill();
    const unseen = isLocked ? this.#lock() : [];
    const isBusy = this.#random.chance(0.6);
    const { outcomes, watched } = await this.#watchedRun(before, isBusy, isLocked ? 0.3 : 0.65);
    if (isFull) rmSync(join(this.#options.small, 'ballast'));
    const after = this.#look();
    for (const outcome of outcomes) this.#requireHonestEnd(outcome);
    this.#account(outcomes);
    judgeRun({ before, after, people: this.#people, watched, places: this.#places });
    judgeUnseen({ before, after, people: this.#people, unseen });
    if (!isBusy) judgeLeader(this.#mode, before, after);
    this.#requireInside();
  }

  /** @returns folders that cannot be listed any more */
  #lock() {
    this.tally.locked += 1;
    const locks = Array.from({ length: 1 + this.#random.below(3) }, () => this.#person().lock());
    return locks.filter((unseen) => unseen !== undefined);
  }

  async #watchedRun(before, isBusy, killShare) {
    const standing = sides.flatMap((side) =>
      [...before[side].live].filter(([, text]) => text !== 'folder').map(([path]) => join(this.#places[side], path)),
    );
    this.#watcher.postMessage({ watch: Object.values(this.#places), standing });
    const isKilled = this.#random.chance(killShare);
    const flags = this.#random.chance(0.5) ? ['--allow', 'space'] : [];
    // So that kills and edits meet files on their way.
    if (isKilled && this.#random.chance(0.5)) flags.push('--bandwidth', this.#random.pick(['300k', '1M', '3M']));
    const running = this.#start(['sync', ...this.#parameters(), ...flags]);
    const rival = this.#random.chance(0.08) ? this.#start(['sync', ...this.#parameters()]) : undefined;
    const signal = this.#random.chance(0.1) ? 'SIGTERM' : 'SIGKILL';
    // Most of a short run is the start of the process, where there is nothing to interrupt.
    const killAfter = this.#usualMs * (0.25 + this.#random.next());
    const killer = setTimeout(() => isKilled && running.child.kill(signal), killAfter);
    let isOver = false;
    const ends = Promise.all([running.ended, rival?.ended]).then((outcomes) => {
      isOver = true;
      return outcomes.filter((outcome) => outcome !== undefined);
    });
    if (isBusy) await this.#editDuring(() => isOver);
    const outcomes = await ends;
    clearTimeout(killer);
    const [{ code, signal: endedBy, elapsedMs }] = outcomes;
    this.#note(
      `run ended with ${endedBy ?? code} after ${elapsedMs} ms${rival === undefined ? '' : `, its rival with ${outcomes[1].code}`}`,
    );
    this.tally.runs += outcomes.length;
    if (endedBy === 'SIGKILL') this.tally.killed += 1;
    else this.#usualMs = Math.max(200, this.#usualMs * 0.8 + elapsedMs * 0.2);
    const watched = await this.#watchedSoFar();
    this.tally.looks += watched.rounds;
    return { outcomes, watched };
  }

  async #editDuring(isOver) {
    await sleep(this.#usualMs * 0.4 * this.#random.next());
    for (let count = this.#random.below(40); count > 0 && !isOver(); count -= 1) {
      this.#edit(1);
      await sleep(this.#random.below(12));
    }
  }

  #watchedSoFar() {
    return new Promise((resolve) => {
      this.#watcher.once('message', resolve);
      this.#watcher.postMessage({});
    });
  }

  /** Nothing disturbs any more: one run makes all good, and leaves nothing to do. */
  async #settle() {
    for (const side of sides) this.#people[side].beginAccount();
    const before = this.#look();
    const outcome = await this.#start(['sync', ...this.#parameters(), '--json']).ended;
    this.#note(`healing run ended with ${outcome.code}`);
    if (outcome.code !== 0) {
      this.#note(outcome.stdout);
      throw new Finding(`an undisturbed run ends with ${outcome.code ?? outcome.signal}: ${outcome.stderr}`);
    }
    this.#account([outcome]);
    const after = this.#look();
    judgeRun({ before, after, people: this.#people, watched: { torn: [], gaps: [] }, places: this.#places });
    judgeLeader(this.#mode, before, after);
    judgeSettled(this.#mode, after, this.#unknown);
    this.#requireInside();
    const plan = await this.#start(['plan', ...this.#parameters(), '--json']).ended;
    const { operations, conflicts, problems } = JSON.parse(plan.stdout);
    if (plan.code !== 0 || [...operations, ...conflicts, ...problems].length > 0) {
      throw new Finding(`the next plan is not empty: ${JSON.stringify({ operations, conflicts, problems })}`);
    }
    this.tally.runs += 2;
  }

  /** A run that ended clean remembers all that was there when it looked; until then nobody may know what others copied. */
  #account(outcomes) {
    if (outcomes.some(({ code }) => code !== 0)) this.#isUnfinished = true;
    else {
      for (const side of sides) {
        if (this.#isUnfinished) for (const text of this.#people[side].remodelled) this.#unknown.add(text);
        this.#people[side].remodelled.clear();
      }
      this.#isUnfinished = false;
    }
  }

  #parameters() {
    return [this.#places.source, this.#places.destination, '--state', this.#state, '--mode', this.#mode, ...allowed];
  }

  #start(parameters) {
    const home = join(this.#folder, 'home');
    return start(this.#options.command, parameters, { HOME: home, TMPDIR: home, XDG_STATE_HOME: home });
  }

  #look() {
    const census = {};
    for (const side of sides) {
      restorePermissions(this.#places[side]);
      census[side] = takeCensus(this.#places[side]);
    }
    return census;
  }

  #edit(count) {
    for (let done = 0; done < count; done += 1) this.#person().act();
    this.tally.edits += count;
  }

  #person() {
    return this.#people[this.#random.pick(sides)];
  }

  /** Little or nothing is left of the small disk. */
  #fill() {
    const descriptor = openSync(join(this.#options.small, 'ballast'), 'w');
    const piece = Buffer.alloc(65_536);
    let size = 0;
    try {
      for (;;) size += writeSync(descriptor, piece);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    }
    ftruncateSync(descriptor, Math.max(0, size - this.#random.below(200_000)));
    closeSync(descriptor);
    this.tally.full += 1;
    this.#note(`the disk of the ${this.#small} is full`);
  }

  #requireHonestEnd({ code, signal, stdout, stderr }) {
    if (/\n {4}at /.test(stderr) || (signal === null && !honestEnds.has(code))) {
      throw new Finding(`the command ended with ${code ?? signal}: ${stdout}${stderr}`);
    }
  }

  /** Nothing but the two roots and the state was written to. */
  #requireInside() {
    const expected = ['bystander', 'destination-disk', 'history.log', 'home', 'source-disk', 'state'];
    const strange = readdirSync(this.#folder).filter((name) => !expected.includes(name));
    strange.push(...readdirSync(join(this.#folder, 'home')).map((name) => `home/${name}`));
    for (const place of Object.values(this.#places)) {
      const known = ['root', 'limbo', 'state'];
      strange.push(...readdirSync(join(place, '..')).filter((name) => !known.includes(name)));
      strange.push(...readdirSync(join(place, '../limbo')));
    }
    if (strange.length > 0) throw new Finding(`written outside the roots: ${strange.join(', ')}`);
    if (readFileSync(join(this.#folder, 'bystander'), 'utf8') !== 'not yours')
      throw new Finding('a bystander was changed');
  }

  #newId() {
    this.#ids += 1;
    return `${this.#options.seed}-${this.#ids}`;
  }

  #note(line) {
    appendFileSync(join(this.#folder, 'history.log'), `${new Date().toISOString()} ${line}\n`);
  }
}

const { rounds, ...options } = JSON.parse(process.argv[2] ?? '{}');
const episode = new Episode(options);
try {
  await episode.play(rounds);
  process.exitCode = 0;
} catch (error) {
  process.send({ type: 'finding', message: error instanceof Finding ? error.message : error.stack });
  process.exitCode = 1;
}
process.disconnect();
if (process.exitCode !== 0) process.exit();
