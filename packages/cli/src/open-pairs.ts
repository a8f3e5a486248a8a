import { type Side, type StorageClient, SyncEngine, type SyncEngineOptions } from '@syncengine/core';
import type { TrashFacts } from './deletions.ts';
import type { Environment } from './environment.ts';
import { parseSettings, type SyncSettings } from './options.ts';
import { openPlace, type Place } from './places.ts';
import type { SelectedPair, Selection } from './selected-pair.ts';
import { openState } from './state-location.ts';

/** A pair whose places are open. */
export interface OpenPair {
  readonly pair: SelectedPair;
  readonly settings: SyncSettings;
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly options: SyncEngineOptions;
  readonly facts: TrashFacts;
}

/** A pair that could not be opened, or whose settings do not fit. */
export interface FailedPair {
  readonly pair: SelectedPair;
  readonly settings: SyncSettings | undefined;
  readonly error: unknown;
}

/** The pairs of a selection with their clients. One client serves all that name the same place in the same way. */
export class OpenPairs {
  readonly #selection: Selection;
  readonly #environment: Environment;
  readonly #clients = new Map<string, Promise<StorageClient>>();

  constructor(selection: Selection) {
    this.#selection = selection;
    this.#environment = selection.environment;
  }

  /** Each pair by itself: one that fails does not keep the others from being opened. */
  async open(): Promise<ReadonlyArray<OpenPair | FailedPair>> {
    const opened: Array<OpenPair | FailedPair> = [];
    for (const pair of this.#selection.pairs) opened.push(await this.#open(pair));
    return opened;
  }

  /** @returns what went wrong: what was to be done is done all the same */
  async close(): Promise<readonly unknown[]> {
    const clients = await Promise.allSettled(this.#clients.values());
    const open = clients.flatMap((client) => (client.status === 'fulfilled' ? [client.value] : []));
    const farewells = await Promise.allSettled(open.map((client) => client.close?.()));
    return farewells.flatMap((farewell) => (farewell.status === 'rejected' ? [farewell.reason] : []));
  }

  async #open(pair: SelectedPair): Promise<OpenPair | FailedPair> {
    let settings: SyncSettings | undefined;
    try {
      settings = parseSettings(pair.settings);
      const source = await this.#client(pair.source, 'source');
      const destination = await this.#client(pair.destination, 'destination');
      const options = this.#engineOptions(settings, source, destination);
      // What is wrong with the pair as a whole is told before any pair begins.
      new SyncEngine(options);
      const { trash, trashDays, mode, versions } = settings;
      const replaced = versions === undefined ? mode.replaced : 'version';
      const facts = { source, destination, trash, trashDays, replaced };
      return { pair, settings, source, destination, options, facts };
    } catch (error) {
      return { pair, settings, error };
    }
  }

  #client(place: Place, side: Side): Promise<StorageClient> {
    const key = JSON.stringify(place);
    let client = this.#clients.get(key);
    if (client === undefined) {
      client = openPlace(place, side, this.#environment);
      this.#clients.set(key, client);
    }
    return client;
  }

  #engineOptions(settings: SyncSettings, source: StorageClient, destination: StorageClient): SyncEngineOptions {
    const { mode, compare, conflict, initial, strict, filter, symlinks, renames, maximumDeletions, marker } = settings;
    const { ignorePatterns, ignoreFileName, excludeDotFiles, transfers, operations, bytesPerSecond } = settings;
    return {
      source,
      destination,
      mode,
      strict,
      ignore: { patterns: ignorePatterns, fileName: ignoreFileName, excludeDotFiles },
      renames,
      state: openState(this.#selection.state, this.#environment),
      trash: settings.trash ? { keepDays: settings.trashDays } : false,
      versions: settings.versions,
      limits: { transfers, operations, bytesPerSecond },
      compare,
      conflict,
      initial,
      filter,
      symlinks,
      maximumDeletions,
      marker,
    };
  }
}

export function isOpen(pair: OpenPair | FailedPair): pair is OpenPair {
  return 'options' in pair;
}
