import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { isProcessRunning, reservedName, storageFailure } from '@syncengine/core';
import { asideEnds, putBack } from './aside.ts';
import { isFailure, isMissing } from './errors.ts';
import { look, type Root } from './root.ts';
import { type Session, statusOf } from './ssh/index.ts';

/** A staged file of another machine is taken for left behind when it is this old, in milliseconds. */
const foreignPatience = 24 * 60 * 60 * 1000;

/** What was set aside for a write that never ended may be the last copy of its file: so long it is kept, in milliseconds. */
const asidePatience = 30 * 24 * 60 * 60 * 1000;

/** So long folders that this client made are surely no links of somebody, in milliseconds. */
const ownFor = 60_000;

/** So often others may take a folder away at the very moment in which it is needed. */
const triesToMake = 5;

/**
 * Milliseconds for which that answer of the server counts: no more than may pass between a question and its answer over a
 * distance. Only our own folders are meant, and what others put there meanwhile is seen by the next run.
 */
const goneFor = 100;

const namePattern = /^([0-9a-f]{12})-([0-9]+)-([0-9a-z]+)-[0-9a-f]{16}$/;

/** The folder `.syncengine/staging` of the root, where content stays until it is complete. */
export class Staging {
  readonly #root: Root;
  /** What this client is writing now. */
  readonly #live = new Set<string>();
  /** What tells the names of this client from those of others: random, and then counted on. */
  readonly #mark = randomBytes(4).toString('hex');
  #count = 0;
  #made: Promise<void> | undefined;
  #isPrepared = false;
  /** When the server last said that the reserved folder is not there, while nobody made it; of the process's own clock. */
  #goneSince = Number.NEGATIVE_INFINITY;
  /** How often this client began to make the reserved folder. */
  #makings = 0;
  /** How often it had begun to when the server last said that the folder is not there. */
  #goneAt = -1;
  /** When this client itself made the folders; milliseconds of the process's own clock. */
  #ownSince = Number.NEGATIVE_INFINITY;

  constructor(root: Root) {
    this.#root = root;
  }

  /** A name for something that is to be staged; to be given back. */
  take(): string {
    const stamp = Date.now().toString(36);
    this.#count += 1;
    const number = (this.#count % 2 ** 32).toString(16).padStart(8, '0');
    const name = `${machine()}-${process.pid}-${stamp}-${this.#mark}${number}`;
    this.#live.add(name);
    return name;
  }

  /** Keeps hands off a staged file that goes on. */
  retake(name: string): void {
    this.#live.add(name);
  }

  give(name: string): void {
    this.#live.delete(name);
  }

  placeOf(name: string): string {
    return `${this.#folder}/${name}`;
  }

  /** Begins to make the folder for what will soon be staged; what hinders that is told to whoever stages something. */
  prepare(session: Session): void {
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    this.#makeOnce(session).catch(() => undefined);
  }

  /** Runs `make` in the staging folder, which is made if need be. */
  async inside<Result>(session: Session, make: () => Promise<Result>): Promise<Result> {
    await this.#makeOnce(session);
    try {
      return await make();
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Another client of this root may just have tidied up.
      this.#made = undefined;
      await this.#makeOnce(session);
      return await make();
    }
  }

  /** Removes a staged file. When that cannot be done now, the next run does it. */
  async discard(session: Session, name: string): Promise<void> {
    this.give(name);
    try {
      await session.unlink(this.placeOf(name));
    } catch (error) {
      // The connection may be gone. Whatever stays is known by its name, and nothing else than staged.
      if (statusOf(error) !== undefined && !isMissing(error) && !isFailure(error)) throw error;
    }
  }

  /** Removes what processes that are gone have left, but for what is to be kept, and puts back what had stepped aside. */
  async recover(session: Session, keep: ReadonlySet<string>): Promise<void> {
    const names = await this.#names(session);
    if (names === undefined) return;
    const left = names.filter((name) => !keep.has(name) && this.#isLeftBehind(name));
    const isNote = (name: string): boolean => name.endsWith(asideEnds.note);
    for (const name of left.filter(isNote)) {
      const staged = name.slice(0, -asideEnds.note.length);
      await putBack(session, this.#root, this.placeOf(staged), names.includes(staged));
    }
    for (const name of left) if (!isNote(name)) await this.discard(session, name);
    await this.tidy(session);
  }

  /** To be called before the reserved folder may be made and after it was, also for something else than staging. */
  makesReserved(): void {
    this.#makings += 1;
    this.#goneSince = Number.NEGATIVE_INFINITY;
  }

  /** True for a moment after the server has said that there is no reserved folder: so there is nothing in it either. */
  get isReservedGone(): boolean {
    return performance.now() - this.#goneSince < goneFor;
  }

  /** Removes the folders if nothing of this client is in them any more; for the end of a run. */
  async tidyIfIdle(session: Session): Promise<void> {
    if (this.#live.size === 0 && this.#made !== undefined) await this.tidy(session);
  }

  /** Removes the folders if they are empty. */
  async tidy(session: Session): Promise<void> {
    // There is nothing to tidy up.
    if (this.#goneAt === this.#makings) return;
    const making = this.#made;
    this.#made = undefined;
    this.#isPrepared = false;
    try {
      await making;
      const isOwn = performance.now() - this.#ownSince < ownFor;
      this.#ownSince = Number.NEGATIVE_INFINITY;
      // A link of somebody may lead anywhere.
      if (!isOwn && !(await this.#isReal(session))) return;
      // Sent together where the server does one after the other.
      const inner = session.rmdir(this.#folder);
      if (!session.isOpenSsh) await inner;
      const makings = this.#makings;
      await Promise.all([inner, session.rmdir(this.#reserved).then(() => this.#isGone(makings))]);
    } catch {
      // Still in use, or nothing may be changed here: an empty folder is in nobody's way.
    }
  }

  get #reserved(): string {
    return this.#root.absolute(reservedName);
  }

  get #folder(): string {
    return `${this.#reserved}/staging`;
  }

  #makeOnce(session: Session): Promise<void> {
    this.makesReserved();
    this.#made ??= this.#make(session).catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  async #make(session: Session): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const before = performance.now();
      try {
        const isOwn = await makeRealDirectory(session, this.#reserved);
        // Nobody else may look into content that does not have its permissions yet.
        if ((await makeRealDirectory(session, this.#folder, 0o700)) && isOwn) this.#ownSince = before;
        this.makesReserved();
        return;
      } catch (error) {
        if (!isMissing(error)) throw error;
        if ((await look(session, this.#root.folder, '')) === undefined)
          throw storageFailure('root-missing', reservedName);
        // Whoever just tidied up took the outer folder away in between.
        if (attempt === triesToMake) throw error;
      }
    }
  }

  /** @param makings when the server was asked: what was made since is not gone */
  #isGone(makings: number): void {
    this.#goneAt = makings;
    if (makings === this.#makings) this.#goneSince = performance.now();
  }

  /** True when both folders are there, and are no links. */
  async #isReal(session: Session): Promise<boolean> {
    const places = [this.#reserved, this.#folder];
    const makings = this.#makings;
    const folders = await Promise.all(places.map((place) => look(session, place, reservedName)));
    if (folders[0] === undefined) this.#isGone(makings);
    // Somebody else has made it.
    else this.#goneAt = -1;
    return folders.every((stats) => stats?.isDirectory() === true);
  }

  /** @returns `undefined` when there is no such folder */
  async #names(session: Session): Promise<string[] | undefined> {
    if (!(await this.#isReal(session))) return undefined;
    await session.handles.take(1);
    try {
      const handle = await session.opendir(this.#folder);
      const names: string[] = [];
      for (let page = await session.readdir(handle); page !== undefined; page = await session.readdir(handle)) {
        names.push(...page.map((each) => each.filename));
      }
      await session.close(handle);
      return names;
    } finally {
      session.handles.give(1);
    }
  }

  /** Whether the owner of a staged file is surely gone; a name that is not ours never is. */
  #isLeftBehind(name: string): boolean {
    const isAside = name.endsWith(asideEnds.file);
    const end = Object.values(asideEnds).find((each) => name.endsWith(each)) ?? '';
    const owner = name.slice(0, name.length - end.length);
    const [, host, number, stamp = ''] = namePattern.exec(owner) ?? [];
    if (host === undefined || this.#live.has(owner)) return false;
    const age = Date.now() - Number.parseInt(stamp, 36);
    if (isAside) return age > asidePatience;
    if (host === machine() && !isProcessRunning(Number(number))) return true;
    if (host === machine() && Number(number) === process.pid) return true;
    return age > foreignPatience;
  }
}

/** True for a name that this package gives to what it stages. */
export function isStagedName(name: string): boolean {
  return namePattern.test(name);
}

/** @returns false when it was there already */
async function makeRealDirectory(
  session: Session,
  place: string,
  mode?: number,
  tries: number = triesToMake,
): Promise<boolean> {
  try {
    await session.mkdir(place, mode);
    return true;
  } catch (error) {
    const standing = await look(session, place, reservedName);
    // A link of somebody may lead anywhere.
    if (standing?.isDirectory() === true) return false;
    // It stood there a moment ago, and was tidied away.
    if (standing === undefined && isFailure(error) && tries > 1)
      return await makeRealDirectory(session, place, mode, tries - 1);
    throw isFailure(error) ? storageFailure('not-a-directory', reservedName, { cause: error }) : error;
  }
}

let thisMachine: string | undefined;

/** Tells machines apart, and containers of one machine, where process numbers mean something else. */
function machine(): string {
  thisMachine ??= createHash('sha256')
    .update([hostname(), told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))].join())
    .update(told(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 12);
  return thisMachine;
}

function told(ask: () => string): string {
  try {
    return ask();
  } catch {
    // A system without such files tells nothing.
    return '';
  }
}
