import { SyncEngineError } from '@syncengine/core';
import type { Connection } from './connection.ts';
import type { Looker } from './looking.ts';
import { isDone } from './reply.ts';
import type { Staging } from './staging.ts';
import type { Territory } from './territory.ts';

/** Names that every server keeps as they are. */
const usual = /^[\w\-.,+=@#~()[\]!$&';%^{}](?:[\w\-.,+=@#~()[\]!$&';%^{} ]{0,98}[\w\-.,+=@#~()[\]!$&';%^{}])?$/;

/**
 * Finds out whether the server keeps a name as it is: it is stored in the staging folder and looked for there. A server that
 * alters names might else replace what stands under the altered one. What a name showed holds for others of its kind.
 */
export class NameProof {
  readonly #territory: Territory;
  readonly #looker: Looker;
  readonly #staging: Staging;
  readonly #proven = new Set<string>();

  constructor(territory: Territory, looker: Looker, staging: Staging) {
    this.#territory = territory;
    this.#looker = looker;
    this.#staging = staging;
  }

  /** Whether the names of a path may be used without a proof. */
  isClear(path: string): boolean {
    return this.#unproven(path).length === 0;
  }

  /** @throws SyncEngineError `unsupported-name` */
  async prove(connection: Connection, path: string, signal?: AbortSignal): Promise<void> {
    for (const name of this.#unproven(path)) {
      await this.#staging.prepare(connection, false, signal);
      if (!(await this.#isKept(connection, name, signal))) {
        const message = `${JSON.stringify(path)} cannot be stored here: the server does not keep the name ${JSON.stringify(name)} as it is.`;
        throw new SyncEngineError('unsupported-name', message, { path });
      }
      for (const trait of traitsOf(name)) this.#proven.add(trait);
    }
  }

  #unproven(path: string): readonly string[] {
    return path
      .split('/')
      .filter((name) => !usual.test(name) && traitsOf(name).some((trait) => !this.#proven.has(trait)));
  }

  async #isKept(connection: Connection, name: string, signal?: AbortSignal): Promise<boolean> {
    const folder = this.#staging.newPath();
    const place = this.#territory.place(folder);
    const made = await connection.command(`MKD ${place}`, signal);
    if (!isDone(made)) throw new SyncEngineError('permission-denied', `No folder can be made: ${made.text.trim()}`);
    try {
      const [stored] = await connection.upload({ command: `STOR ${place}/${name}` }, nothing(), signal);
      const listed = (await this.#looker.names(connection, folder, signal)).map((line) => line.name);
      // A name with a line break cannot be asked for; the next run finds what is left of it.
      const removals = new Set([...listed, name].filter((each) => !/[\r\n\0]/.test(each)));
      await connection.exchange(
        [...removals].map((each) => `DELE ${place}/${each}`),
        signal,
      );
      return isDone(stored) && listed.length === 1 && listed[0] === name;
    } finally {
      this.#territory.forget(folder);
      if (!connection.isClosed) await connection.command(`RMD ${place}`);
    }
  }
}

/** What is unusual about a name: each unusual character by its place, and a great length. */
function traitsOf(name: string): readonly string[] {
  const characters = [...name];
  const traits = characters.map((character, index) => {
    if (usual.test(character)) return '';
    const place = index === 0 ? 'first' : index === characters.length - 1 ? 'last' : 'inside';
    return `${place} ${character}`;
  });
  if (name.length > 100) traits.push(`length ${name.length}`);
  return traits.filter((trait) => trait !== '');
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An empty file will do.
}
