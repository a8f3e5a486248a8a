import type * as NodeFileSystem from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type { PackedEntries } from '../storage/index.ts';

/** What a thread is given that looks at a tree. */
export interface TreeTask {
  /** The root, as the system takes it. */
  readonly folder: string;
  /** What stands between the root and the names in it. */
  readonly prefix: string;
  readonly separator: string;
  readonly reserved: string;
  readonly telling: readonly string[];
  readonly apart: readonly string[];
  /** Whether the permissions of files mean anything here. */
  readonly hasPermissions: boolean;
  readonly longestName: number;
  readonly longestPath: number;
  readonly longestRun: number;
  /** How many more runs may be sent, shared with the receiver. */
  readonly credit: Int32Array;
}

/** What it sends: runs, and in the end how it went. A root that is unusual ends it at once. */
export type TreeMessage = PackedEntries | 'end' | 'unusual';

/**
 * Looks at a whole tree by synchronous calls and sends it in runs. It is carried into its thread as text: so it needs no file
 * of its own, in no bundle and under no transformer, and may use nothing but what it is given.
 *
 * It knows only what is plain: files and directories whose names are well-formed and composed. All else it tells as unusual.
 */
export function walkTree(
  { lstatSync, readdirSync }: Pick<typeof NodeFileSystem, 'lstatSync' | 'readdirSync'>,
  port: Pick<MessagePort, 'postMessage'>,
  task: TreeTask,
  endsRunBefore: (name: string) => boolean,
): void {
  const stride = 8;
  const { separator, reserved, hasPermissions, longestName, longestPath, longestRun, credit } = task;
  const telling = new Set(task.telling);
  const apart = new Set(task.apart);
  let names: string[] = [];
  const numbers = new Float64Array(longestRun * stride);
  let unusual: number[] = [];
  let count = 0;
  let directories = 0;
  let start = '';
  let last = '';
  /** Directories that were left since the last entry. */
  let left = 0;

  /** One directory: its names as order keys, where each has its numbers, and the order in which they come. */
  interface Listing {
    readonly keys: readonly string[];
    readonly numbers: Float64Array;
    readonly sorted: readonly number[];
  }

  const send = (): void => {
    if (count === 0) return;
    while (Atomics.load(credit, 0) <= 0) Atomics.wait(credit, 0, 0);
    Atomics.sub(credit, 0, 1);
    const walk = `${names.join('\0')}\0`;
    const used = numbers.slice(0, count * stride);
    const run: TreeMessage = { start, walk, count, last, numbers: used, directories, unusual };
    port.postMessage(run, [used.buffer]);
    names = [];
    unusual = [];
    count = 0;
    directories = 0;
  };

  const tell = (directory: string, key: string, from: Listing, place: number, isUnusual: boolean): void => {
    if (count === longestRun || endsRunBefore(key)) send();
    if (count === 0) start = directory;
    else for (; left > 0; left -= 1) names.push('');
    left = 0;
    names.push(key);
    if (isUnusual) unusual.push(count);
    for (let column = 0; column < stride; column += 1) {
      numbers[count * stride + column] = from.numbers[place * stride + column] ?? 0;
    }
    if (key.endsWith('/')) directories += 1;
    last = directory + key;
    count += 1;
  };

  /** `undefined` where something about the directory is not plain. */
  const look = (folder: string): Listing | undefined => {
    try {
      const found = readdirSync(folder);
      const keys: string[] = [];
      const looks = new Float64Array(found.length * stride);
      for (const name of found) {
        if (name === reserved) continue;
        if (telling.has(name)) return undefined;
        if (/[^ -~]/.test(name) && (/[\ud800-\udfff\ufffd]/.test(name) || name.normalize() !== name)) return undefined;
        const stats = lstatSync(folder + separator + name, { throwIfNoEntry: false });
        if (stats === undefined) continue;
        const isDirectory = stats.isDirectory();
        const at = keys.length * stride;
        looks[at] = isDirectory ? 1 : stats.isFile() ? 0 : 2;
        looks[at + 1] = hasPermissions ? stats.mode & 0o777 : -1;
        looks[at + 2] = stats.size;
        looks[at + 3] = stats.mtimeMs;
        looks[at + 4] = stats.ctimeMs;
        looks[at + 5] = Math.max(stats.birthtimeMs, 0);
        looks[at + 6] = stats.ino;
        looks[at + 7] = stats.dev;
        keys.push(isDirectory ? `${name}/` : name);
      }
      const sorted = keys.map((_, index) => index);
      // Without surrogates the order of UTF-16 units is that of the bytes.
      sorted.sort((one, other) => ((keys[one] ?? '') < (keys[other] ?? '') ? -1 : 1));
      return { keys, numbers: looks, sorted };
    } catch {
      // Whoever looks at it again finds out what is wrong, and tells it.
      return undefined;
    }
  };

  const isLong = (directory: string, key: string): boolean =>
    key.length > longestName || directory.length + key.length > longestPath;

  const walk = (folder: string, directory: string, listing: Listing): void => {
    for (const place of listing.sorted) {
      const key = listing.keys[place] ?? '';
      const kind = listing.numbers[place * stride];
      if (kind !== 1) {
        tell(directory, key, listing, place, kind !== 0 || isLong(directory, key));
        continue;
      }
      const identity = `${listing.numbers[place * stride + 7]}:${listing.numbers[place * stride + 6]}`;
      const below = folder + key.slice(0, -1);
      const inside = apart.has(identity) || isLong(directory, key) ? undefined : look(below);
      tell(directory, key, listing, place, inside === undefined);
      if (inside !== undefined) walk(below + separator, directory + key, inside);
      left += 1;
    }
  };

  const root = look(task.folder);
  if (root === undefined) port.postMessage('unusual');
  else {
    walk(task.prefix, '', root);
    send();
    port.postMessage('end');
  }
}
