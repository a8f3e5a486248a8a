import type { MemoryStorageClient } from '../../src/index.ts';

/**
 * A tree as people write it down: a file with its text, a directory as `path/`, a link as `-> target`. Directories on
 * the way need not be named.
 */
export type Tree = Readonly<Record<string, string>>;

/** What someone does to a side: new contents by path, `undefined` for a deletion; or anything else, by hand. */
export type Changes = Readonly<Record<string, string | undefined>> | ((side: MemoryStorageClient) => void);

const linkMark = '-> ';

/** Puts changes into effect, whatever stood at the paths before. */
export function make(side: MemoryStorageClient, changes: Changes): void {
  if (typeof changes === 'function') {
    changes(side);
    return;
  }
  for (const [name, content] of Object.entries(changes)) {
    const isDirectory = name.endsWith('/');
    const path = isDirectory ? name.slice(0, -1) : name;
    const standing = kindAt(side, path);
    const wanted = content === undefined ? 'nothing' : isDirectory ? 'directory' : kindOf(content);
    if (standing !== 'nothing' && standing !== wanted) side.delete(path);
    if (content === undefined) continue;
    if (isDirectory) side.putDirectory(path);
    else if (content.startsWith(linkMark)) side.putSymlink(path, content.slice(linkMark.length));
    else side.put(path, content);
  }
}

function kindAt(side: MemoryStorageClient, path: string): 'nothing' | 'file' | 'directory' | 'symlink' {
  const told = side.snapshot({ reserved: true });
  if (told.has(`${path}/`)) return 'directory';
  const content = told.get(path);
  return content === undefined ? 'nothing' : kindOf(content);
}

function kindOf(content: string): 'file' | 'symlink' {
  return content.startsWith(linkMark) ? 'symlink' : 'file';
}

/** A tree with the directories that its paths imply, ordered so that two trees can be compared. */
export function complete(tree: Tree): Tree {
  const whole = new Map(Object.entries(tree));
  for (const path of Object.keys(tree)) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      whole.set(path.slice(0, slash + 1), '');
    }
  }
  return sorted(whole);
}

/** What stands on a side, without what is SyncEngine's own. */
export function treeOf(side: MemoryStorageClient): Tree {
  return sorted(side.snapshot());
}

/** Files that one of our own folders of a side holds, by the path that they had; what held two of one path numbers them. */
export function keptIn(side: MemoryStorageClient, folder: 'trash' | 'versions'): Tree {
  const prefix = `.syncengine/${folder}/`;
  const kept = new Map<string, string>();
  for (const [path, content] of side.snapshot({ reserved: true })) {
    if (!path.startsWith(prefix) || path.endsWith('/')) continue;
    const rest = path.slice(prefix.length);
    kept.set(rest.slice(rest.indexOf('/') + 1), content);
  }
  return sorted(kept);
}

function sorted(entries: Iterable<readonly [string, string]>): Tree {
  return Object.fromEntries([...entries].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)));
}
