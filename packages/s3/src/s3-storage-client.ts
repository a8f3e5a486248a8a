import { GetBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  type CallOptions,
  type Content,
  type CopyFromOptions,
  collectBytes,
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  Gate,
  isSyncEngineError,
  type ListRecursiveOptions,
  type LookOptions,
  type MoveOptions,
  type ReadAllOptions,
  type ReadOptions,
  type RemoveOptions,
  type RestoreVersionOptions,
  requireExpected,
  requireStorablePath,
  requireValidPath,
  type StorageCapabilities,
  type StorageClient,
  storageFailure,
  unsupportedFailure,
  type WriteOptions,
} from '@syncengine/core';
import { Bucket } from './bucket.ts';
import { capabilitiesOf, withConditions } from './capabilities.ts';
import { type Conditions, noConditions, probeConditions } from './conditions.ts';
import { connect, hostOf } from './connect.ts';
import { copyObject } from './copying.ts';
import { DirectRequests } from './direct.ts';
import { Keys } from './keys.ts';
import { listPage } from './listing.ts';
import { LookAhead } from './look-ahead.ts';
import { Lookup } from './lookup.ts';
import { asStored, timeIn } from './metadata.ts';
import { attributesOf } from './new-object.ts';
import { type S3StorageOptions, type Settings, settingsOf } from './options.ts';
import { takePlace } from './place.ts';
import { putInParts } from './put-in-parts.ts';
import { putWhole } from './put-whole.ts';
import { readObject } from './reading.ts';
import { Remover } from './removing.ts';
import { listTree } from './tree.ts';
import { parseToken, Upload } from './upload.ts';
import { copyVersion, headVersion, listVersions, readVersion, type VersionRequest } from './versions.ts';
import type { WriteRequest } from './writing.ts';

/** Larger objects wait for a place before they are held in memory as a whole. Bytes. */
const smallInMemory = 1024 * 1024;

/**
 * A bucket of any S3-compatible service, or what lies below a prefix in one.
 *
 * Directories follow from the keys. Modification times lie in the objects' metadata, where rclone has them too; listings do not
 * tell them. Versions are ETags.
 */
export class S3StorageClient implements StorageClient {
  readonly id: string;
  readonly versions?: NonNullable<StorageClient['versions']>;
  readonly readVersion?: NonNullable<StorageClient['readVersion']>;
  readonly restoreVersion?: NonNullable<StorageClient['restoreVersion']>;
  readonly #options: S3StorageOptions;
  readonly #settings: Settings;
  readonly #bucket: Bucket;
  readonly #keys: Keys;
  readonly #lookup: Lookup;
  readonly #remover: Remover;
  readonly #lookAhead: LookAhead;
  readonly #parts: Gate;
  readonly #capabilities: StorageCapabilities;
  #conditions: Promise<Conditions> | undefined;
  #known: Conditions = noConditions;

  private constructor(options: S3StorageOptions, settings: Settings, bucket: Bucket, isVersioned: boolean) {
    const keys = new Keys(settings.keyPrefix);
    this.id = `s3://${bucket.place.host}/${bucket.name}${keys.prefix === '' ? '' : `/${keys.prefix.slice(0, -1)}`}`;
    this.#options = options;
    this.#settings = settings;
    this.#bucket = bucket;
    this.#keys = keys;
    this.#lookup = new Lookup(bucket, keys, settings);
    this.#remover = new Remover(bucket, keys);
    this.#lookAhead = new LookAhead(settings.partsAtOnce);
    this.#parts = new Gate(settings.partsAtOnce);
    this.#capabilities = capabilitiesOf(settings, keys, isVersioned);
    if (!isVersioned) return;
    this.versions = (path, { signal } = {}) => {
      requireValidPath(path);
      return listVersions({ bucket, keys, path, pageSize: settings.pageSize, signal });
    };
    this.readVersion = (path, version, callOptions = {}) => readVersion(this.#version(path, version, callOptions));
    this.restoreVersion = (path, version, restoreOptions) => this.#restoreVersion(path, version, restoreOptions);
  }

  /**
   * Opens the bucket: one request, which finds out whether it is there, may be used, and keeps old versions.
   *
   * @throws SyncEngineError `root-missing` for a bucket that is not there, `permission-denied`, `invalid-options`, …
   */
  static async open(options: S3StorageOptions, { signal }: CallOptions = {}): Promise<S3StorageClient> {
    const settings = settingsOf(options);
    const client = options.client ?? connect(options, settings);
    // Somebody else's client may have layers that do what we do not know of.
    const direct = options.client === undefined ? DirectRequests.of(client) : undefined;
    const bucket = new Bucket(client, { bucket: settings.bucket, host: await hostOf(client) }, direct);
    const isVersioned = options.versioned ?? (await keepsVersions(bucket, signal));
    return new S3StorageClient(options, settings, bucket, isVersioned);
  }

  /**
   * Conditions count as `advisory` until the first write with one, or `probe`, found out what the service checks by itself.
   */
  get capabilities(): StorageCapabilities {
    return withConditions(this.#capabilities, this.#known);
  }

  /**
   * Finds out once what the service checks by itself, with an object below `.syncengine/` that is removed again. Happens by
   * itself before the first write with a condition.
   */
  async probe({ signal }: CallOptions = {}): Promise<Conditions> {
    this.#conditions ??= probeConditions(this.#bucket, this.#keys, signal);
    try {
      this.#known = await this.#conditions;
      return this.#known;
    } catch (error) {
      this.#conditions = undefined;
      throw error;
    }
  }

  async *list(directory: string, { signal }: LookOptions = {}): AsyncGenerator<readonly Entry[]> {
    requireValidPath(directory);
    const prefix = this.#keys.below(directory);
    const { etags, pageSize } = this.#settings;
    let isThere = directory === '';
    for (let after: string | undefined; ; ) {
      const page = await listPage(this.#bucket, this.#keys, etags, { prefix, after, grouped: true, pageSize, signal });
      const entries: Entry[] = page.objects.filter(({ key }) => key !== prefix).map(({ entry }) => entry);
      for (const group of page.groups) entries.push({ kind: 'directory', path: this.#keys.pathOf(group).slice(0, -1) });
      isThere ||= page.objects.length + page.groups.length > 0;
      if (!isThere) throw await this.#lookup.noDirectory(directory, signal);
      if (entries.length > 0) yield entries;
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  async *listRecursive({ signal, boundaries = [] }: ListRecursiveOptions = {}): AsyncGenerator<readonly Entry[]> {
    const keys = this.#keys;
    yield* listTree({
      bucket: this.#bucket,
      keys,
      settings: this.#settings,
      boundaries: boundaries.map((path) => keys.of(path)),
      signal,
    });
  }

  async stat(path: string, { signal }: LookOptions = {}): Promise<Entry | undefined> {
    requireValidPath(path);
    if (path === '') return await this.#root(signal);
    const file = await this.#lookup.file(path, signal);
    if (file !== undefined) return file;
    return (await this.#lookup.isDirectory(path, signal)) ? { kind: 'directory', path } : undefined;
  }

  async readAll(path: string, options: ReadAllOptions = {}): Promise<Uint8Array> {
    return await collectBytes(this.read(path, options));
  }

  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    requireValidPath(path);
    if (path === '') throw storageFailure('is-a-directory', path);
    try {
      yield* readObject({
        bucket: this.#bucket,
        path,
        key: this.#keys.of(path),
        partSize: this.#settings.partSize,
        lookAhead: this.#lookAhead,
        options,
        look: () => this.#lookup.file(path, options.signal),
      });
    } catch (error) {
      if (!isSyncEngineError(error, 'not-found')) throw error;
      const code = (await this.#lookup.isDirectory(path, options.signal)) ? 'is-a-directory' : 'not-found';
      throw storageFailure(code, path, { cause: error });
    }
  }

  async write(path: string, content: Content, options: WriteOptions = {}): Promise<FileEntry> {
    requireStorablePath(path, this.#capabilities.names, 'is-a-directory');
    options.signal?.throwIfAborted();
    if (options.keepReplacedAt !== undefined) {
      throw unsupportedFailure(path, 'cannot be kept where it stands: this side has no trash folder');
    }
    const request: WriteRequest = { ...(await this.#writeRequest(path, options)), content };
    const { multipartFrom } = this.#settings;
    if (content.size > 0 && content.size >= multipartFrom) return await putInParts(request);
    if (content.size <= smallInMemory) return await putWhole(request);
    const leave = await takePlace(this.#parts, options.signal);
    try {
      return await putWhole(request);
    } finally {
      leave();
    }
  }

  async remove(path: string, { expected, signal }: RemoveOptions = {}): Promise<void> {
    requireValidPath(path);
    if (path === '') throw unsupportedFailure(path, 'cannot be removed');
    const file = await this.#lookup.file(path, signal);
    if (file === undefined) {
      if (expected === undefined) return await this.#removeDirectory(path, signal);
      throw storageFailure((await this.#lookup.isDirectory(path, signal)) ? 'precondition-failed' : 'not-found', path);
    }
    requireExpected(path, file, expected);
    if (expected !== undefined && (await this.probe({ signal })).removal) {
      return await this.#remover.removeVersion(this.#keys.of(path), expected, signal);
    }
    await this.#remover.remove(this.#keys.of(path));
  }

  async makeDirectory(path: string, { signal }: CallOptions = {}): Promise<DirectoryEntry> {
    if (path !== '') requireStorablePath(path, this.#capabilities.names, 'is-a-directory');
    if (path === '') return await this.#lookup.root(signal);
    if ((await this.#lookup.file(path, signal)) !== undefined) throw storageFailure('not-a-directory', path);
    if (this.#settings.directoryMarkers) {
      const command = new PutObjectCommand({
        Bucket: this.#bucket.name,
        Key: this.#keys.below(path),
        ContentLength: 0,
      });
      await this.#bucket.request(path, signal, (client, sending) => client.send(command, sending));
    }
    return { kind: 'directory', path };
  }

  async copy(from: string, to: string, { expected, signal }: MoveOptions = {}): Promise<FileEntry> {
    requireValidPath(from);
    requireStorablePath(to, this.#capabilities.names, 'already-exists');
    const entry = await this.stat(from, { signal });
    if (entry === undefined) throw storageFailure('not-found', from);
    if (entry.kind !== 'file') throw storageFailure('is-a-directory', from);
    requireExpected(from, entry, expected);
    if ((await this.stat(to, { signal })) !== undefined) throw storageFailure('already-exists', to);
    return await this.#copyHere(this, entry, to, { expected: 'absent', signal });
  }

  async copyFrom(
    other: StorageClient,
    from: string,
    to: string,
    { version, ...options }: CopyFromOptions,
  ): Promise<FileEntry | undefined> {
    if (!(other instanceof S3StorageClient) || other.#bucket.place.host !== this.#bucket.place.host) return undefined;
    requireValidPath(from);
    requireStorablePath(to, this.#capabilities.names, 'already-exists');
    const entry = await other.stat(from, options);
    if (entry?.kind !== 'file' || entry.version !== version) throw storageFailure('source-changed', from);
    try {
      return await this.#copyHere(other, entry, to, options);
    } catch (error) {
      // It is with our credentials that the service would read there: the two clients' own can be others.
      if (isSyncEngineError(error, 'permission-denied') || isSyncEngineError(error, 'unsupported')) return undefined;
      throw error;
    }
  }

  async abandon(path: string, token: string, { signal }: CallOptions = {}): Promise<void> {
    requireValidPath(path);
    const parsed = parseToken(token);
    if (parsed === undefined) return;
    const place = { bucket: this.#bucket, path, key: this.#keys.of(path) };
    await new Upload(place, parsed).abort(signal);
  }

  async close(): Promise<void> {
    if (this.#options.client === undefined) this.#bucket.client.destroy();
  }

  /** The first look after opening need not ask again. */
  async #root(signal: AbortSignal | undefined): Promise<DirectoryEntry> {
    signal?.throwIfAborted();
    return this.#bucket.isSeen ? { kind: 'directory', path: '' } : await this.#lookup.root(signal);
  }

  #version(path: string, id: string, { signal }: CallOptions): VersionRequest {
    requireValidPath(path);
    return { bucket: this.#bucket, path, key: this.#keys.of(path), id, signal };
  }

  /** No service checks conditions of a copy: what stands there is looked at right before. */
  async #restoreVersion(
    path: string,
    id: string,
    { expected, signal }: RestoreVersionOptions = {},
  ): Promise<FileEntry> {
    const request = this.#version(path, id, { signal });
    const head = await headVersion(request);
    const size = head.ContentLength ?? 0;
    if (size >= this.#settings.copyInPartsFrom) {
      const modifiedAt = timeIn(head.Metadata);
      return await this.write(path, { size, open: () => readVersion(request) }, { modifiedAt, expected, signal });
    }
    requireExpected(path, await this.stat(path, { signal }), expected);
    await copyVersion(request);
    const entry = await this.#lookup.file(path, signal);
    if (entry === undefined) throw storageFailure('not-found', path);
    return entry;
  }

  async #copyHere(other: S3StorageClient, entry: FileEntry, to: string, options: WriteOptions): Promise<FileEntry> {
    const { bucket, keys } = { bucket: other.#bucket, keys: other.#keys };
    const modifiedAt = options.modifiedAt ?? entry.modifiedAt;
    return await copyObject({
      ...(await this.#writeRequest(to, { ...options, modifiedAt })),
      origin: { bucket, path: entry.path, key: keys.of(entry.path), entry },
    });
  }

  async #writeRequest(path: string, options: WriteOptions): Promise<Omit<WriteRequest, 'content'>> {
    return {
      bucket: this.#bucket,
      settings: this.#settings,
      path,
      key: this.#keys.of(path),
      options,
      modifiedAt: asStored(options.modifiedAt ?? Date.now()),
      attributes: attributesOf(path, this.#options),
      conditions: options.expected === undefined ? noConditions : await this.probe({ signal: options.signal }),
      parts: this.#parts,
      look: () => this.#lookup.file(path, options.signal),
    };
  }

  async #removeDirectory(path: string, signal: AbortSignal | undefined): Promise<void> {
    const marker = this.#keys.below(path);
    if (await this.#lookup.hasKeys(marker, marker, signal)) throw storageFailure('not-empty', path);
    if (!(await this.#lookup.hasKeys(marker, '', signal))) throw storageFailure('not-found', path);
    await this.#remover.remove(marker);
  }
}

async function keepsVersions(bucket: Bucket, signal: AbortSignal | undefined): Promise<boolean> {
  const command = new GetBucketVersioningCommand({ Bucket: bucket.name });
  try {
    const answer = await bucket.request('', signal, (client, sending) => client.send(command, sending));
    bucket.see();
    return answer.Status === 'Enabled';
  } catch (error) {
    // Who may read and write objects need not be allowed to ask that; and not every service knows the question.
    if (isSyncEngineError(error, 'unsupported') || isSyncEngineError(error, 'not-found')) return false;
    if (isSyncEngineError(error, 'permission-denied') && error.message.includes('AccessDenied')) return false;
    throw error;
  }
}
