import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'syncengine-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Files by their path; a path that ends with a slash is an empty folder. */
export type Tree = Readonly<Record<string, string>>;

export function writeTree(folder: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    const absolute = join(folder, path);
    mkdirSync(path.endsWith('/') ? absolute : dirname(absolute), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(absolute, content);
  }
}

/** What `writeTree` would write, without what belongs to the engine. */
export function readTree(folder: string): Tree {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (path.split('/').includes('.syncengine')) continue;
    if (entry.isFile()) tree[path] = readFileSync(join(folder, path), 'utf8');
    else if (entry.isDirectory()) tree[`${path}/`] = '';
  }
  return tree;
}

export interface Pair {
  /** Holds `source`, `destination` and `state`. */
  readonly folder: string;
  readonly source: string;
  readonly destination: string;
  /** The two locations, and the state of their own that they use: what follows the command's name. */
  readonly args: readonly string[];
}

/** Two folders of their own, with state of their own. */
export function temporaryPair(source: Tree = {}, destination: Tree = {}): Pair {
  const folder = temporaryFolder();
  writeTree(folder, { 'source/': '', 'destination/': '' });
  writeTree(join(folder, 'source'), source);
  writeTree(join(folder, 'destination'), destination);
  return {
    folder,
    source: join(folder, 'source'),
    destination: join(folder, 'destination'),
    args: [join(folder, 'source'), join(folder, 'destination'), '--state', join(folder, 'state')],
  };
}
