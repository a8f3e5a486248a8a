import { contentOf, MemoryStorageClient, type MetadataChange, type StorageClient } from '@syncengine/core';

/** Somebody who works in a store: at once, without preconditions, and as an editor or a shell would. */
export interface Person {
  put(path: string, text: string): void | Promise<void>;
  putDirectory(path: string): void | Promise<void>;
  putSymlink(path: string, target: string): void | Promise<void>;
  touch(path: string, change: MetadataChange): void | Promise<void>;
  /** Nothing may stand at `to` yet. */
  rename(from: string, to: string): void | Promise<void>;
  /** With all that it holds. */
  delete(path: string): void | Promise<void>;
}

export function personIn(client: StorageClient): Person {
  return client instanceof MemoryStorageClient ? client : new RemotePerson(client);
}

/** Works through the protocol, where nothing else is known of a store. */
class RemotePerson implements Person {
  readonly #client: StorageClient;

  constructor(client: StorageClient) {
    this.#client = client;
  }

  async put(path: string, text: string): Promise<void> {
    await this.#client.write(path, contentOf(text));
  }

  async putDirectory(path: string): Promise<void> {
    await this.#client.makeDirectory(path);
  }

  async putSymlink(path: string, target: string): Promise<void> {
    await this.#client.makeSymlink?.(path, target);
  }

  async touch(path: string, change: MetadataChange): Promise<void> {
    await this.#client.setMetadata?.(path, change);
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.#client.move !== undefined) return await this.#client.move(from, to);
    const entry = await this.#client.stat(from);
    if (entry?.kind !== 'file' || (await this.#client.stat(to)) !== undefined) return;
    await this.#client.write(to, { size: entry.size, open: () => this.#client.read(from) });
    await this.#client.remove(from);
  }

  async delete(path: string): Promise<void> {
    const entry = await this.#client.stat(path);
    if (entry === undefined) return;
    if (entry.kind === 'directory') {
      for await (const page of this.#client.list(path)) for (const child of page) await this.delete(child.path);
      if ((await this.#client.stat(path)) === undefined) return;
    }
    await this.#client.remove(path);
  }
}
