import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  LocalStorageClient,
  MemoryStateStore,
  type StorageClient,
  SyncEngine,
  type SyncEngineOptions,
  SyncStateManager,
} from '@syncengine/core';

/** A local folder that is kept in sync with another side. */
export class Pair {
  /** The local side. */
  readonly folder: string = mkdtempSync(join(tmpdir(), 'syncengine-sftp-pair-'));
  readonly #state = new SyncStateManager({ store: new MemoryStateStore() });

  engine(remote: StorageClient, options: Partial<SyncEngineOptions> = {}): SyncEngine {
    return new SyncEngine({
      source: new LocalStorageClient(this.folder),
      destination: remote,
      state: this.#state,
      ...options,
    });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** All files below a folder with their contents, and all links; what is ours is left out. */
export function readTree(folder: string, below = ''): Map<string, string> {
  const tree = new Map<string, string>();
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (entry.name === '.syncengine') continue;
    if (entry.isDirectory()) for (const [inner, content] of readTree(folder, path)) tree.set(inner, content);
    else if (entry.isSymbolicLink()) tree.set(path, `-> ${readlinkSync(join(folder, path))}`);
    else tree.set(path, readFileSync(join(folder, path), 'latin1'));
  }
  return tree;
}

export function put(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
