import { Gate, type HashAlgorithm, SyncEngineError } from '@syncengine/core';
import type { Stats } from 'ssh2';
import { Digests } from './digests.ts';
import type { Conversation, Executed, Session } from './ssh/index.ts';

/** Commands that run at once; servers allow ten channels on a connection, and files need one of them. */
const commandsAtOnce = 4;

const programs = { sha256: 'sha256sum', sha1: 'sha1sum', md5: 'md5sum' } as const;

export type ShellHash = keyof typeof programs;

/** Digests of the text `abc`, which every server has to find. */
const proofs: Readonly<Record<ShellHash, string>> = {
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  md5: '900150983cd24fb0d6963f7d28e17f72',
};

// Paths never stand in a command: they go in as input, ended by NUL, so there is nothing to quote.
const probe = `/bin/sh -c 'for program in sha256sum sha1sum md5sum; do printf abc | $program; done; printf abc | sha256sum -z 2>/dev/null | tr "\\0" z; echo; exec xargs -0 stat -L -c "root %u %g %a %Y"'`;
const sync = `/bin/sh -c 'exec xargs -0 sync -f'`;
const syncEach = `/bin/sh -c 'while IFS= read -r place; do sync -f "$place" && echo done || echo failed; done'`;

/** Starts to find out what commands a server runs; for `Shell.find`. The root as it was given. */
export function probeShell(
  run: (command: string, input: string) => Promise<Executed | undefined>,
  root: string,
): Promise<Executed | undefined> {
  return run(probe, `${root}\0`);
}

/** What commands on the server are good for, where it runs any. */
export class Shell {
  /** What the server can compute; empty where it runs no commands, or they see other files. */
  readonly hashes: readonly ShellHash[];
  #canFlush: boolean;
  /** Whether names may hold what they will: they are ended by NUL in what is told of them. */
  readonly #canHashMany: boolean;
  readonly #digests = new WeakMap<Session, Map<ShellHash, Digests>>();
  readonly #gate = new Gate(commandsAtOnce);
  /** A command of a connection that waits for what is to be flushed: starting one takes several round trips. */
  readonly #flushers = new WeakMap<Session, Promise<Conversation | undefined>>();

  private constructor(hashes: readonly ShellHash[], canFlush: boolean, canHashMany: boolean) {
    this.hashes = hashes;
    this.#canFlush = canFlush;
    this.#canHashMany = canHashMany;
  }

  /**
   * Finds out what there is.
   *
   * @param probing what `probeShell` gave
   * @param stats what the files' own protocol tells of the root: commands must see the same
   */
  static async find(probing: Promise<Executed | undefined>, stats: Promise<Stats | undefined>): Promise<Shell> {
    const [ran, seen] = await Promise.all([probing, stats]);
    if (ran === undefined || seen === undefined) return new Shell([], false, false);
    const lines = ran.output.split('\n');
    const permissions = (seen.mode & 0o7777).toString(8);
    if (!lines.includes(`root ${seen.uid} ${seen.gid} ${permissions} ${seen.mtime}`))
      return new Shell([], false, false);
    const names: readonly ShellHash[] = ['sha256', 'sha1', 'md5'];
    return new Shell(
      names.filter((name) => lines.some((line) => line.startsWith(`${proofs[name]} `))),
      true,
      lines.includes(`${proofs.sha256}  -z`),
    );
  }

  canHash(algorithm: HashAlgorithm): algorithm is ShellHash {
    return this.hashes.some((name) => name === algorithm);
  }

  /** @returns `undefined` when the command found no file to read */
  async hash(
    session: Session,
    algorithm: ShellHash,
    absolute: string,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    if (this.#canHashMany) return await this.#digestsOf(session, algorithm).of(absolute);
    const command = `/bin/sh -c 'exec xargs -0 ${programs[algorithm]}'`;
    const ran = await this.#gate.run(() => session.execute(command, `${absolute}\0`), signal);
    if (ran === undefined) {
      throw new SyncEngineError('storage-failure', 'The server did not run a command.', { retry: 'yes' });
    }
    // A name with odd characters is told in another form, which a backslash at the beginning announces.
    return ran.code === 0 ? /^\\?([0-9a-f]{32,64}) /.exec(ran.output)?.[1] : undefined;
  }

  #digestsOf(session: Session, algorithm: ShellHash): Digests {
    const all = this.#digests.get(session) ?? new Map<ShellHash, Digests>();
    this.#digests.set(session, all);
    const command = `/bin/sh -c 'exec xargs -0 ${programs[algorithm]} -z'`;
    const digests = all.get(algorithm) ?? new Digests(session, command, commandsAtOnce);
    all.set(algorithm, digests);
    return digests;
  }

  /** Starts what a flush of the disk needs, as there will surely be one. */
  prepareFlush(session: Session): Promise<Conversation | undefined> {
    if (!this.#canFlush) return Promise.resolve(undefined);
    const flusher = this.#flushers.get(session) ?? session.converse(syncEach);
    this.#flushers.set(session, flusher);
    return flusher;
  }

  /** Makes the disk of a place keep all that was written to it; false when there is no command for it. */
  async flushDisk(session: Session, absolute: string): Promise<boolean> {
    if (!this.#canFlush) return false;
    const flusher = await this.prepareFlush(session);
    // Lines end where a name may have a line feed.
    if (flusher !== undefined && !absolute.includes('\n') && (await flusher.ask(absolute)) === 'done') return true;
    const ran = await this.#gate.run(() => session.execute(sync, `${absolute}\0`));
    this.#canFlush = ran?.code === 0;
    return this.#canFlush;
  }
}
