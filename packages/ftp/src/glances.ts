import { type Entry, nameOf } from '@syncengine/core';
import { factsIn } from './facts.ts';
import { entryOf, type Listed } from './listed.ts';
import { isDone, numberIn, type Reply, timeIn } from './reply.ts';
import type { Server } from './server.ts';
import type { Question, Territory } from './territory.ts';

/** What a quick look shows. */
export type Glance =
  | { readonly state: 'entry'; readonly entry: Entry }
  /** An entry, but the server may have told what a link points to instead of the link. */
  | { readonly state: 'perhaps-link'; readonly entry: Entry }
  /** The server shows nothing; why is not known. */
  | { readonly state: 'nothing' };

/** A symbolic link has these permission bits on every system that shows any. */
const linkMode = 0o777;

/** Looks of one packet, without a data connection. */
export class Glances {
  readonly #server: Server;
  readonly #territory: Territory;

  constructor(server: Server, territory: Territory) {
    this.#server = server;
    this.#territory = territory;
  }

  /** What stands at a path. */
  glance(path: string): Question<Glance> {
    const place = this.#territory.place(path);
    if (this.#server.features.facts) {
      return { commands: [`MLST ${place}`], read: ([reply]) => glanceOf(path, reply) };
    }
    return {
      commands: [`SIZE ${place}`, `MDTM ${place}`, `CWD ${place}`],
      read: ([size, time, went]) => {
        const bytes = size === undefined ? undefined : numberIn(size);
        if (bytes === undefined && !isDone(went)) return { state: 'nothing' };
        const file = fileOf(path, bytes, time);
        const listed: Listed = isDone(went)
          ? { ...file, kind: 'directory', size: undefined, modifiedAt: undefined }
          : file;
        return { state: 'perhaps-link', entry: entryOf(path, listed) };
      },
    };
  }

  /** Whether anything stands at a path, as far as a glance shows. */
  presence(path: string): Question<boolean> {
    const place = this.#territory.place(path);
    const { facts } = this.#server.features;
    return { commands: facts ? [`MLST ${place}`] : [`SIZE ${place}`, `CWD ${place}`], read: (all) => all.some(isDone) };
  }

  /** What became of a file that was just put at a path. */
  outcome(path: string): Question<Entry | undefined> {
    const place = this.#territory.place(path);
    if (this.#server.features.facts) {
      const { commands, read } = this.glance(path);
      return { commands, read: (replies) => entryIn(read(replies)) };
    }
    const read = ([size, time]: readonly Reply[]): Entry | undefined => {
      const bytes = size === undefined ? undefined : numberIn(size);
      return bytes === undefined ? undefined : entryOf(path, fileOf(path, bytes, time));
    };
    return { commands: [`SIZE ${place}`, `MDTM ${place}`], read };
  }
}

/** The time in an answer to `MDTM`, if there is one. */
export function timeOf(reply: Reply | undefined): number | undefined {
  return reply === undefined ? undefined : timeIn(reply);
}

function glanceOf(path: string, reply: Reply | undefined): Glance {
  const listed = reply !== undefined && isDone(reply) ? factsIn(reply.text) : undefined;
  if (listed === undefined) return { state: 'nothing' };
  const entry = entryOf(path, listed);
  const isDoubtful = listed.mode === linkMode || (listed.kind === 'symlink' && listed.target === undefined);
  return { state: isDoubtful ? 'perhaps-link' : 'entry', entry };
}

function entryIn(glance: Glance): Entry | undefined {
  return glance.state === 'nothing' ? undefined : glance.entry;
}

function fileOf(path: string, size: number | undefined, time: Reply | undefined): Listed {
  const unknown = { identity: undefined, target: undefined, mode: undefined };
  return { ...unknown, name: nameOf(path), kind: 'file', size, modifiedAt: timeOf(time) };
}
