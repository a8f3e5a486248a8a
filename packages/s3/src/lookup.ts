import { HeadObjectCommand } from '@aws-sdk/client-s3';
import {
  type DirectoryEntry,
  type FileEntry,
  isSyncEngineError,
  type SyncEngineError,
  storageFailure,
} from '@syncengine/core';
import type { Bucket } from './bucket.ts';
import { headEntry } from './entries.ts';
import type { Keys } from './keys.ts';
import { listPage } from './listing.ts';
import type { Settings } from './options.ts';

/** Finds out what stands at a path. */
export class Lookup {
  readonly #bucket: Bucket;
  readonly #keys: Keys;
  readonly #settings: Settings;

  constructor(bucket: Bucket, keys: Keys, settings: Settings) {
    this.#bucket = bucket;
    this.#keys = keys;
    this.#settings = settings;
  }

  /** The object at a path, if there is one. */
  async file(path: string, signal: AbortSignal | undefined): Promise<FileEntry | undefined> {
    const Key = this.#keys.of(path);
    const command = new HeadObjectCommand({ Bucket: this.#bucket.name, Key, ChecksumMode: 'ENABLED' });
    try {
      const head = await this.#bucket.request(path, signal, (client, sending) => client.send(command, sending));
      return headEntry(path, head, this.#settings.etags);
    } catch (error) {
      if (isSyncEngineError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** A prefix without keys is an empty root; a missing bucket is an error of its own. */
  async root(signal: AbortSignal | undefined): Promise<DirectoryEntry> {
    await this.hasKeys(this.#keys.prefix, '', signal);
    return { kind: 'directory', path: '' };
  }

  async isDirectory(path: string, signal: AbortSignal | undefined): Promise<boolean> {
    return await this.hasKeys(this.#keys.below(path), '', signal);
  }

  /** Whether there are keys that begin so, but for one. */
  async hasKeys(prefix: string, but: string, signal: AbortSignal | undefined): Promise<boolean> {
    const request = { prefix, after: undefined, grouped: false, pageSize: 2, signal };
    const page = await listPage(this.#bucket, this.#keys, this.#settings.etags, request);
    return page.objects.some(({ key }) => key !== but);
  }

  /** Why a directory has no keys. */
  async noDirectory(directory: string, signal: AbortSignal | undefined): Promise<SyncEngineError> {
    const isFile = (await this.file(directory, signal)) !== undefined;
    return storageFailure(isFile ? 'not-a-directory' : 'not-found', directory);
  }
}
