import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { isProcessRunning, reservedName, storageFailure } from '@syncengine/core';
import { isFailure, isMissing } from './errors.ts';
import { look, type Root } from './root.ts';
import { type Session, statusOf } from './ssh/index.ts';

/** A staged file of another machine is taken for left behind when it is this old, in milliseconds. */
const foreignPatience = 24 * 60 * 60 * 1000;

/** What was set aside for a write that never ended may be the last copy of its file: so long it is kept, in milliseconds. */
const asidePatience = 30 * 24 * 60 * 60 * 1000;

const namePattern = /^([0-9a-f]{12})-([0-9]+)-([0-9a-z]+)-[0-9a-f]{16}$/;
const asideEnd = '-replaced';

/** The folder `.syncengine/staging` of the root, where content stays until it is complete. */
export class Staging {
  readonly #root: Root;
  /** What this client is writing now. */
  readonly #live = new Set<string>();
  #made: Promise<void> | undefined;

  constructor(root: Root) {
    this.#root = root;
  }

  /** A name for something that is to be staged; to be given back. */
  take(): string {
    const stamp = Date.now().toString(36);
    const name = `${machine()}-${process.pid}-${stamp}-${randomBytes(8).toString('hex')}`;
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

  /** Removes what processes that are gone have left, but for what is to be kept. */
  async recover(session: Session, keep: ReadonlySet<string>): Promise<void> {
    const names = await this.#names(session);
    if (names === undefined) return;
    for (const name of names) if (!keep.has(name) && this.#isLeftBehind(name)) await this.discard(session, name);
    await this.tidy(session);
  }

  /** Removes the folders if they are empty. */
  async tidy(session: Session): Promise<void> {
    this.#made = undefined;
    try {
      // A link of somebody may lead anywhere.
      if (!(await this.#isReal(session))) return;
      // Sent together where the server does one after the other.
      const inner = session.rmdir(this.#folder);
      if (!session.isOpenSsh) await inner;
      await Promise.all([inner, session.rmdir(this.#reserved)]);
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
    this.#made ??= this.#make(session).catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  async #make(session: Session): Promise<void> {
    try {
      await makeRealDirectory(session, this.#reserved);
    } catch (error) {
      const root = isMissing(error) ? await look(session, this.#root.folder, '') : undefined;
      throw isMissing(error) && root === undefined ? storageFailure('root-missing', reservedName) : error;
    }
    // Nobody else may look into content that does not have its permissions yet.
    await makeRealDirectory(session, this.#folder, 0o700);
  }

  /** True when both folders are there, and are no links. */
  async #isReal(session: Session): Promise<boolean> {
    const places = [this.#reserved, this.#folder];
    const folders = await Promise.all(places.map((place) => look(session, place, reservedName)));
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
    const isAside = name.endsWith(asideEnd);
    const owner = isAside ? name.slice(0, -asideEnd.length) : name;
    const [, host, number, stamp = ''] = namePattern.exec(owner) ?? [];
    if (host === undefined || this.#live.has(owner)) return false;
    const age = Date.now() - Number.parseInt(stamp, 36);
    if (isAside) return age > asidePatience;
    if (host === machine() && !isProcessRunning(Number(number))) return true;
    if (host === machine() && Number(number) === process.pid) return true;
    return age > foreignPatience;
  }
}

/** Where the old file waits while what is staged takes its place, on a server that cannot do both in one step. */
export function asideOf(staged: string): string {
  return `${staged}${asideEnd}`;
}

/** True for a name that this package gives to what it stages. */
export function isStagedName(name: string): boolean {
  return namePattern.test(name);
}

async function makeRealDirectory(session: Session, place: string, mode?: number): Promise<void> {
  try {
    await session.mkdir(place, mode);
  } catch (error) {
    // A link of somebody may lead anywhere.
    if ((await look(session, place, reservedName))?.isDirectory() === true) return;
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
