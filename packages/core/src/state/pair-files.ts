import type { Side } from '../errors.ts';
import { createHasher } from '../hashing/index.ts';
import type { StateStore } from './store.ts';

/** Two sides that are kept in sync: the ids of their clients. The mode is no part of it. */
export interface PairIdentity {
  readonly source: string;
  readonly destination: string;
}

/** The name of a pair's state: 32 hexadecimal digits, from the two ids in their order. */
export function pairKey(pair: PairIdentity): string {
  const hasher = createHasher('sha256');
  hasher.update(Buffer.from(JSON.stringify([pair.source, pair.destination])));
  return hasher.digest().slice(0, 32);
}

/** Where the files of one pair are. */
export interface PairFiles {
  readonly store: StateStore;
  readonly pair: PairIdentity;
  readonly key: string;
  readonly snapshot: string;
  /** Each snapshot has its own journal, named by the snapshot's generation: 0 before there is one. */
  readonly journalPrefix: string;
  /** Writes that may go on; missing when there are none. */
  readonly unfinished: string;
  /** The tree of a side with a feed of changes, as it was told last; missing where there is none. */
  readonly trees: Readonly<Record<Side, string>>;
  readonly lock: string;
}

export function pairFiles(store: StateStore, pair: PairIdentity): PairFiles {
  return filesUnder(store, pair, pairKey(pair));
}

export function filesUnder(store: StateStore, pair: PairIdentity, key: string): PairFiles {
  return {
    store,
    pair,
    key,
    snapshot: `${key}/snapshot`,
    journalPrefix: `${key}/journal-`,
    unfinished: `${key}/unfinished`,
    trees: { source: `${key}/tree-source`, destination: `${key}/tree-destination` },
    lock: `${key}/run`,
  };
}

export function journalName(files: PairFiles, snapshotGeneration: number): string {
  return `${files.journalPrefix}${snapshotGeneration}`;
}

/** The generations of all snapshots that have a journal, current or left over. */
export async function journalGenerations(files: PairFiles): Promise<readonly number[]> {
  const names = await files.store.list(files.journalPrefix);
  return names
    .map((name) => Number(name.slice(files.journalPrefix.length)))
    .filter((number) => Number.isInteger(number));
}
