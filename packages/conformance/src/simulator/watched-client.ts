import {
  type CallOptions,
  type Entry,
  type FileEntry,
  type HashAlgorithm,
  type LookOptions,
  type MoveOptions,
  type ReadAllOptions,
  type ReadOptions,
  type RemoveOptions,
  type Side,
  type StorageClient,
  SyncEngineError,
  type WriteOptions,
} from '@syncengine/core';
import type { SideTraits } from './case.ts';
import type { Session } from './session.ts';
import { shortcutsInto } from './shortcuts.ts';
import { watchedChanges } from './watched-changes.ts';

/**
 * A client as one run sees it: observed by the session of the run, and disturbed by its faults.
 *
 * @param traits what it is to be like where the client itself cannot play that
 */
export function watchedClient(side: Side, client: StorageClient, session: Session, traits: SideTraits): StorageClient {
  return new WatchedClient(side, client, session, traits);
}

class WatchedClient implements StorageClient {
  readonly id: string;
  readonly capabilities: StorageClient['capabilities'];
  readonly readAll?: NonNullable<StorageClient['readAll']>;
  readonly move?: NonNullable<StorageClient['move']>;
  readonly copy?: NonNullable<StorageClient['copy']>;
  readonly copyFrom?: NonNullable<StorageClient['copyFrom']>;
  readonly copyAllFrom?: NonNullable<StorageClient['copyAllFrom']>;
  readonly hash?: NonNullable<StorageClient['hash']>;
  readonly makeSymlink?: NonNullable<StorageClient['makeSymlink']>;
  readonly setMetadata?: NonNullable<StorageClient['setMetadata']>;
  readonly changes?: NonNullable<StorageClient['changes']>;
  readonly flush?: NonNullable<StorageClient['flush']>;
  readonly recover?: NonNullable<StorageClient['recover']>;
  readonly listRecursive?: NonNullable<StorageClient['listRecursive']>;
  readonly abandon?: NonNullable<StorageClient['abandon']>;
  readonly #side: Side;
  readonly #client: StorageClient;
  readonly #session: Session;

  constructor(side: Side, client: StorageClient, session: Session, traits: SideTraits) {
    this.id = client.id;
    this.capabilities = capabilitiesOf(client, traits);
    this.#side = side;
    this.#client = client;
    this.#session = session;
    if (client.readAll !== undefined) this.readAll = (path, options) => this.#readAll(path, options);
    if (client.move !== undefined) this.move = (from, to, options) => this.#move(from, to, options);
    if (client.copy !== undefined) this.copy = (from, to, options) => this.#copy(from, to, options);
    if (traits.shortcuts !== undefined) {
      const { copyFrom, copyAllFrom } = shortcutsInto((...parameters) => this.write(...parameters));
      this.copyFrom = copyFrom;
      this.copyAllFrom = copyAllFrom;
    }
    if (client.hash !== undefined) this.hash = (path, algorithm, options) => this.#hash(path, algorithm, options);
    if (client.makeSymlink !== undefined) this.makeSymlink = (...parameters) => this.#makeSymlink(...parameters);
    if (client.setMetadata !== undefined) this.setMetadata = (...parameters) => this.#setMetadata(...parameters);
    const changes = client.changes?.bind(client);
    if (changes !== undefined) {
      this.changes = (...parameters) => watchedChanges(side, session, changes, ...parameters);
    }
    if (client.flush !== undefined) {
      this.flush = (options) =>
        session.durable(`the flush of the ${side}`, undefined, async () => client.flush?.(options));
    }
    if (client.recover !== undefined) this.recover = async (options) => client.recover?.(options);
    if (client.listRecursive !== undefined) this.listRecursive = (options) => this.#listRecursive(options);
    if (client.abandon !== undefined) {
      this.abandon = async (...parameters) => {
        await session.begin();
        await client.abandon?.(...parameters);
      };
    }
  }

  async *list(directory: string, options?: LookOptions): AsyncGenerator<readonly Entry[]> {
    await this.#session.begin();
    const { delivered, hostile } = this.#session.listing(this.#side, directory);
    const hidden = this.#session.isHidden(this.#side);
    if (hidden !== undefined) {
      if (hidden === 'missing' || directory !== '') throw this.#failure('not-found', directory);
      if (delivered !== undefined) throw this.#failure('unreadable', directory);
      return;
    }
    const entries: Entry[] = [];
    for await (const page of this.#client.list(directory, options))
      entries.push(...page.map((entry) => this.#listed(entry)));
    if (hostile !== undefined) {
      entries.push({
        kind: 'file',
        path: directory === '' ? hostile : `${directory}/${hostile}`,
        size: 3,
        version: 'hostile',
      });
    }
    const { dice } = this.#session.world;
    const shuffled = dice.shuffle(entries);
    const sent = delivered === undefined ? shuffled : shuffled.slice(0, Math.floor(delivered * shuffled.length));
    const size = dice.pick([1, 3, 100]);
    for (let start = 0; start < sent.length; start += size) yield sent.slice(start, start + size);
    if (delivered !== undefined) throw this.#failure('unreadable', directory);
  }

  /** One call, which fails as a whole: then nothing of the side was seen. */
  async *#listRecursive(options?: LookOptions): AsyncGenerator<readonly Entry[]> {
    await this.#session.begin();
    const { delivered } = this.#session.listing(this.#side, '');
    const hidden = this.#session.isHidden(this.#side);
    if (hidden === 'missing') throw this.#failure('not-found', '');
    const entries: Entry[] = [];
    if (hidden === undefined && this.#client.listRecursive !== undefined) {
      for await (const page of this.#client.listRecursive(options)) {
        entries.push(...page.map((entry) => this.#listed(entry)));
      }
    }
    const sent = delivered === undefined ? entries : entries.slice(0, Math.floor(delivered * entries.length));
    const size = this.#session.world.dice.pick([1, 3, 100]);
    for (let start = 0; start < sent.length; start += size) yield sent.slice(start, start + size);
    if (delivered !== undefined) throw this.#failure('unreadable', '');
  }

  /** An entry as listings tell of it. */
  #listed(entry: Entry): Entry {
    if (entry.kind !== 'file' || this.capabilities.modifiedAt.listed !== false) return entry;
    return { ...entry, modifiedAt: undefined };
  }

  async stat(path: string, options?: LookOptions): Promise<Entry | undefined> {
    await this.#session.begin();
    const hidden = this.#session.isHidden(this.#side);
    if (hidden === 'missing' || (hidden === 'emptied' && path !== '')) return undefined;
    return await this.#client.stat(path, options);
  }

  async *read(path: string, options?: ReadOptions): AsyncGenerator<Uint8Array> {
    await this.#session.begin();
    if (this.#session.isHidden(this.#side) !== undefined) throw this.#failure('not-found', path);
    const wrong = this.#session.reading(path);
    if (wrong === undefined) {
      yield* this.#client.read(path, options);
      return;
    }
    let last: Uint8Array | undefined;
    for await (const chunk of this.#client.read(path, options)) {
      if (last !== undefined) yield last;
      last = chunk;
    }
    if (wrong === 'error') throw this.#failure('storage-failure', path);
    if (wrong === 'short') {
      if (last !== undefined && last.byteLength > 1) yield last.subarray(0, last.byteLength - 1);
      return;
    }
    if (last !== undefined) yield last;
    yield new Uint8Array([33]);
  }

  async #readAll(path: string, options?: ReadAllOptions): Promise<Uint8Array> {
    await this.#session.begin();
    if (this.#session.isHidden(this.#side) !== undefined) throw this.#failure('not-found', path);
    const wrong = this.#session.reading(path);
    const bytes = required(await this.#client.readAll?.(path, options));
    if (wrong === 'error') throw this.#failure('storage-failure', path);
    if (wrong === 'short') return bytes.subarray(0, -1);
    return wrong === 'long' ? Buffer.concat([bytes, new Uint8Array([33])]) : bytes;
  }

  async write(
    path: string,
    content: Parameters<StorageClient['write']>[1],
    options?: WriteOptions,
  ): Promise<FileEntry> {
    return await this.#effect('write', [path, options?.keepReplacedAt], () =>
      this.#client.write(path, content, options),
    );
  }

  async remove(path: string, options?: RemoveOptions): Promise<void> {
    await this.#effect('remove', [path], () => this.#client.remove(path, options));
  }

  async makeDirectory(
    ...[path, options]: Parameters<StorageClient['makeDirectory']>
  ): ReturnType<StorageClient['makeDirectory']> {
    return await this.#effect('makeDirectory', [path], () => this.#client.makeDirectory(path, options));
  }

  async usage(options?: CallOptions): Promise<{ readonly freeBytes: number | undefined }> {
    await this.#session.begin();
    return (await this.#client.usage?.(options)) ?? { freeBytes: undefined };
  }

  async #move(from: string, to: string, options?: MoveOptions): Promise<void> {
    await this.#effect('move', [from, to], async () => this.#client.move?.(from, to, options));
  }

  async #copy(from: string, to: string, options?: MoveOptions): Promise<FileEntry> {
    return await this.#effect('copy', [to], async () => required(await this.#client.copy?.(from, to, options)));
  }

  async #hash(path: string, algorithm: HashAlgorithm, options?: ReadOptions): Promise<string> {
    await this.#session.begin();
    if (this.#session.isHidden(this.#side) !== undefined) throw this.#failure('not-found', path);
    if (this.#session.reading(path) !== undefined) throw this.#failure('storage-failure', path);
    return required(await this.#client.hash?.(path, algorithm, options));
  }

  async #makeSymlink(...[path, target, options]: Parameters<NonNullable<StorageClient['makeSymlink']>>) {
    return await this.#effect('makeSymlink', [path, options?.keepReplacedAt], async () =>
      required(await this.#client.makeSymlink?.(path, target, options)),
    );
  }

  async #setMetadata(
    ...[path, change, options]: Parameters<NonNullable<StorageClient['setMetadata']>>
  ): Promise<Entry> {
    return await this.#effect('setMetadata', [path], async () =>
      required(await this.#client.setMetadata?.(path, change, options)),
    );
  }

  async #effect<Result>(
    call: string,
    paths: readonly (string | undefined)[],
    work: () => Promise<Result>,
  ): Promise<Result> {
    const touched = paths.filter((path): path is string => path !== undefined);
    return await this.#session.effect({ side: this.#side, call, paths: touched }, async () => {
      if (this.#session.isHidden(this.#side) !== undefined) throw this.#failure('permission-denied', touched[0] ?? '');
      return await work();
    });
  }

  #failure(code: 'not-found' | 'unreadable' | 'storage-failure' | 'permission-denied', path: string): SyncEngineError {
    return new SyncEngineError(code, 'The simulation had it fail.', { path });
  }
}

function capabilitiesOf(
  { capabilities }: StorageClient,
  { timesListed = true, exactVersions, shortcuts }: SideTraits,
): StorageClient['capabilities'] {
  if (timesListed && exactVersions === undefined && shortcuts === undefined) return capabilities;
  return {
    ...capabilities,
    ...(shortcuts === undefined ? {} : { shortcuts: { together: shortcuts } }),
    modifiedAt: { ...capabilities.modifiedAt, ...(timesListed ? {} : { listed: false }) },
    ...(exactVersions === undefined ? {} : { exactVersions }),
  };
}

/** What an optional method gave that was there when the client was made. */
function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('A method that the client has gave nothing.');
  return value;
}
