import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  FileStateStore,
  LocalStorageClient,
  SyncEngine,
  type SyncEngineOptions,
  SyncStateManager,
} from '../../src/index.ts';
import type { Tree } from '../support/tree.ts';

/** A new folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'syncengine-rails-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function fill(folder: string, tree: Tree): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Files of a folder by path, without what is ours; `undefined` where there is no folder. */
export function filesIn(folder: string): Tree | undefined {
  if (!existsSync(folder)) return undefined;
  const tree = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('.syncengine'))
    .map((path) => [path, readFileSync(join(folder, path), 'utf8')]);
  return Object.fromEntries(tree);
}

/** Two real folders in a folder of their own, and where their memory is. */
export class Folders {
  readonly base: string = temporaryFolder();
  readonly source: string = join(this.base, 'source');
  readonly destination: string = join(this.base, 'destination');
  readonly state: string = join(this.base, 'state');

  engine(options: Partial<SyncEngineOptions> = {}): SyncEngine {
    return new SyncEngine({
      source: new LocalStorageClient(this.source),
      destination: new LocalStorageClient(this.destination),
      state: this.manager(),
      ...options,
    });
  }

  manager(): SyncStateManager {
    return new SyncStateManager({ store: new FileStateStore(this.state) });
  }
}
