import { MemoryStateStore, MemoryStorageClient, type Side, type StorageClient } from '@syncengine/core';
import type { SideTraits, SimulationCase } from './case.ts';
import { Dice } from './dice.ts';
import { FeedClient } from './feed-client.ts';
import { type Person, personIn } from './person.ts';
import { SimulatedClock } from './simulated-clock.ts';

/** Makes the store that plays one side of a case; every case needs a new, empty one. */
export type CreateSide = (side: Side, seed: number) => StorageClient | undefined | Promise<StorageClient | undefined>;

/** Time between two things that do not follow each other at once, in milliseconds: more than any grain. */
export const pace = 10_000;

/** All that outlives a run: the two stores, the state, and what the judge remembers. */
export interface World {
  readonly clock: SimulatedClock;
  /** For the order of listings; apart from the clock's, so that looking once more changes nothing else. */
  readonly dice: Dice;
  readonly clients: Readonly<Record<Side, StorageClient>>;
  readonly persons: Readonly<Record<Side, Person>>;
  /** Sides that lose what was not flushed when the power fails. */
  readonly volatile: ReadonlySet<MemoryStorageClient>;
  state: MemoryStateStore;
  /** Every content that anybody ever put anywhere. */
  readonly known: Set<string>;
  /** Contents that both sides held at one path at the end of a run: `key`, NUL, content. */
  readonly agreed: Set<string>;
  /** True when the last round left a file or a link that both sides hold: only then an empty side is an emptied one. */
  hasBase: boolean;
  /** True when every effect is to be told. */
  watchful: boolean;
  /** Number of contents made so far. */
  contents: number;
}

export async function makeWorld({ seed, traits }: SimulationCase, createSide?: CreateSide): Promise<World> {
  const clock = new SimulatedClock(new Dice(seed + 1));
  const volatile = new Set<MemoryStorageClient>();
  const make = async (side: Side): Promise<StorageClient> => {
    const brought = await createSide?.(side, seed);
    if (brought !== undefined) return brought;
    const client = memorySide(side, traits[side], clock);
    volatile.add(client);
    return client;
  };
  const clients = { source: await make('source'), destination: await make('destination') };
  return {
    clock,
    dice: new Dice(seed + 2),
    clients,
    persons: { source: personIn(clients.source), destination: personIn(clients.destination) },
    volatile,
    state: new MemoryStateStore(),
    known: new Set(['']),
    agreed: new Set(),
    hasBase: false,
    watchful: false,
    contents: 0,
  };
}

function memorySide(side: Side, traits: SideTraits, clock: SimulatedClock): MemoryStorageClient {
  const { skew, feed, timesListed, exactVersions, shortcuts, ...options } = traits;
  return new (feed === true ? FeedClient : MemoryStorageClient)({
    ...options,
    id: `memory:${side}`,
    clock: skew === undefined || skew === 0 ? clock : clock.skewed(skew),
    losesUnflushed: true,
  });
}
