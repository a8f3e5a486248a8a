import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSyncEngineError, SyncEngineError } from '../errors.ts';
import { IgnoreFileManager, type IgnoreOptions } from '../ignore/index.ts';
import { isPacked, type ScannedItem } from '../join/index.ts';
import { MemoryStorageClient, type MemoryStorageOptions } from '../memory/index.ts';
import { type CaseFolding, compareUtf8, orderKey } from '../paths/index.ts';
import { contentOf, type Entry, type StorageClient } from '../storage/index.ts';
import { systemClock } from '../system-clock.ts';
import { DirectoryScanner, type DirectoryScannerOptions, ListingFindings, ScanAgain } from './index.ts';

/** Printed by fast-check when a property fails; a fixed one keeps a failure in CI reproducible. */
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

type ScanOptions = Partial<DirectoryScannerOptions>;

function scannerOf(client: StorageClient, options: ScanOptions = {}): DirectoryScanner {
  return new DirectoryScanner({
    client,
    side: 'source',
    other: new MemoryStorageClient(),
    folding: 'exact',
    ignore: new IgnoreFileManager(),
    clock: systemClock,
    ...options,
  });
}

interface Outcome {
  readonly items: readonly unknown[];
  readonly rootIgnore: string | undefined;
}

async function outcomeOf(scanner: DirectoryScanner): Promise<Outcome> {
  const items: unknown[] = [];
  let last = '';
  for await (const page of scanner.items) {
    expect(isPacked(page)).toBe(false);
    if (isPacked(page)) continue;
    for (const item of page) {
      expect(compareUtf8(last, item.orderKey), `${item.orderKey} comes after ${last}`).toBeLessThan(0);
      last = item.orderKey;
      items.push(told(item));
    }
  }
  return { items, rootIgnore: scanner.rootIgnore?.fingerprint };
}

/** All of an item, with its rules in a form that can be compared. */
function told(item: ScannedItem): unknown {
  return { ...item, ignore: item.ignore?.fingerprint, passage: item.passage ?? false };
}

/** A scan as the engine makes it: on the way, and anew as long as something was found too late. */
async function onTheWay(client: StorageClient, options: ScanOptions = {}): Promise<Outcome & { passes: number }> {
  const findings = new ListingFindings();
  for (let passes = 1; ; passes += 1) {
    try {
      return { ...(await outcomeOf(scannerOf(client, { ...options, findings }))), passes };
    } catch (error) {
      if (!(error instanceof ScanAgain)) throw error;
      findings.nextPass();
      expect(passes).toBeLessThan(5);
    }
  }
}

/** The client with some of its methods replaced. */
function altered(
  client: StorageClient,
  replaced: { readonly [Name in keyof StorageClient]?: StorageClient[Name] | undefined },
): StorageClient {
  const own = new Map<string | symbol, unknown>(Object.entries(replaced));
  return new Proxy<StorageClient>(client, {
    get: (target, name) => {
      if (own.has(name)) return own.get(name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const withoutListing = (client: StorageClient): StorageClient => altered(client, { listRecursive: undefined });

interface Telling {
  /** Entries after which the listing fails. */
  readonly failsAfter?: number;
  readonly ignoreFile?: string;
}

/** A store that tells exactly these entries in exactly this order, in pages of three, and what it was asked for besides. */
function telling(
  entries: readonly Entry[],
  { failsAfter = Number.POSITIVE_INFINITY, ignoreFile = '' }: Telling = {},
): StorageClient & { readonly asked: string[] } {
  const asked: string[] = [];
  const client = altered(new MemoryStorageClient({ directories: 'implied' }), {
    listRecursive: async function* () {
      for (let start = 0; start < entries.length; start += 3) {
        if (start >= failsAfter) throw new SyncEngineError('connection', 'The line is dead.', { retry: 'yes' });
        yield entries.slice(start, start + 3);
      }
    },
    list: async function* () {
      yield [];
      throw new TypeError('Nobody is to list directories here.');
    },
    stat: async (path) => {
      asked.push(`stat ${path}`);
      return entries.find((entry) => entry.path === path);
    },
    read: (path) => {
      asked.push(`read ${path}`);
      return contentOf(ignoreFile).open();
    },
  });
  return Object.assign(Object.create(client), { asked });
}

const file = (path: string): Entry => ({ kind: 'file', path, version: 'v', size: 1 });
const directory = (path: string): Entry => ({ kind: 'directory', path });

function inNativeOrder(entries: readonly Entry[]): Entry[] {
  const order = (entry: Entry): string => orderKey(entry.path, entry.kind === 'directory');
  return [...entries].sort((left, right) => compareUtf8(order(left), order(right)));
}

function summaryOf(outcome: Outcome): string[] {
  return outcome.items.map((item) => {
    const { orderKey: order, observation } = item as ScannedItem; // what `told` was given
    return observation.state === 'unknown' ? `${order} ${observation.code}` : `${order} ${observation.state}`;
  });
}

const names = fc.oneof(
  fc.constantFrom(
    'a',
    'a-b',
    'a.b',
    'a b',
    'b',
    'A',
    '.git',
    '-x',
    '.syncignore',
    '.syncignore',
    'x.tmp',
    'CON',
    '.syncengine',
  ),
  fc.constantFrom('\u00e9', 'e\u0301', '\u212a', 'K', 'k', '\ufb01', '\u{1f600}', '\uffee', ' ', '\n', '%', '\\', ':'),
  fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', '.', '-', ' ', '!', '~', '\u0301', '\u00e9') }),
);

const isName = (name: string): boolean => name !== '.' && name !== '..' && name.isWellFormed();

const paths = fc.uniqueArray(
  fc.array(names.filter(isName), { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/')),
  { maxLength: 25 },
);

const rules = fc.constantFrom('', '*.tmp', '/a', 'a/', '!a', '*\n!b', '.git', '-x/\n# no\n', 'e\u0301');

interface Drawn {
  readonly paths: readonly string[];
  readonly rules: readonly string[];
  readonly folders: readonly string[];
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  paths,
  rules: fc.array(rules, { minLength: 25, maxLength: 25 }),
  folders: fc.array(names.filter(isName), { maxLength: 3 }),
});

function filled(client: MemoryStorageClient, draw: Drawn): MemoryStorageClient {
  for (const [index, path] of draw.paths.entries()) {
    try {
      client.put(path, path.endsWith('.syncignore') ? (draw.rules[index] ?? '') : path);
    } catch (error) {
      // A path through a file that stands there already: such a store cannot hold both.
      if (!isSyncEngineError(error)) throw error;
    }
  }
  for (const folder of draw.folders) {
    try {
      client.putDirectory(`${folder}/${folder}`);
    } catch (error) {
      if (!isSyncEngineError(error)) throw error;
    }
  }
  return client;
}

const stores: Readonly<Record<string, MemoryStorageOptions>> = {
  'real directories': { directories: 'real' },
  'implied directories': { directories: 'implied' },
};

const filter: DirectoryScannerOptions['filter'] = (path, isDirectory) => {
  if (path.includes('~')) return 'exclude';
  return isDirectory && path.includes('b') ? 'pass' : 'include';
};

describe('a listing of the whole tree gives what a walk gives', () => {
  for (const [what, options] of Object.entries(stores)) {
    for (const folding of ['exact', 'ignore-case'] as const satisfies readonly CaseFolding[]) {
      test(`${what}, ${folding}`, async () => {
        const ignoring: fc.Arbitrary<IgnoreOptions> = fc.constantFrom<IgnoreOptions[]>(
          {},
          { excludeDotFiles: true },
          { fileName: false, patterns: ['a-b'] },
          { fileName: 'a.b' },
        );
        const property = fc.asyncProperty(drawn, ignoring, fc.boolean(), async (draw, ignoreOptions, filtered) => {
          const client = filled(new MemoryStorageClient({ ...options, listRecursive: true, pageSize: 4 }), draw);
          const shared: ScanOptions = {
            folding,
            ignore: new IgnoreFileManager(ignoreOptions),
            other: new MemoryStorageClient({ names: { reserved: /^(?:con)$/i, forbidden: /[:]/ } }),
            ...(filtered ? { filter } : {}),
          };
          const walked = await outcomeOf(scannerOf(withoutListing(client), shared));
          expect(await outcomeOf(scannerOf(client, shared)), 'gathered').toEqual(walked);
          expect(await onTheWay(client, shared), 'on the way').toMatchObject(walked);
        });
        await fc.assert(property, { numRuns: 400, seed });
      });
    }
  }

  test('whatever keys a store tells: on the way as gathered', async () => {
    const segment = fc.oneof(
      { weight: 6, arbitrary: names },
      { weight: 1, arbitrary: fc.constantFrom('', '.', '..', 'a\0', '\ud800') },
    );
    const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
    const entry = fc
      .tuple(
        key.filter((path) => path !== '' && path !== '/'),
        fc.integer({ min: 0, max: 9 }),
      )
      .map(([path, kind]): Entry => {
        if (kind === 0) return { kind: 'unknown', path, code: 'unreadable', message: 'Nobody knows.' };
        if (kind === 1) return { kind: 'symlink', path, version: 'l', target: 'a' };
        return kind === 2 && !path.endsWith('/') ? directory(path) : file(path);
      });
    const property = fc.asyncProperty(fc.array(entry, { maxLength: 25 }), async (entries) => {
      const client = telling(inNativeOrder(entries));
      expect(await onTheWay(client)).toMatchObject(await outcomeOf(scannerOf(client)));
    });
    await fc.assert(property, { numRuns: 2_000, seed });
  });
});

describe('a listing of the whole tree', () => {
  const plain = ['.a', 'a', 'a-b', 'a.txt', 'b/c', 'b/d/e', '\u00e9/f'].map(file);

  test('is taken in one pass, with the directories that follow from the files', async () => {
    const outcome = await onTheWay(telling(inNativeOrder(plain)));
    expect(outcome.passes).toBe(1);
    expect(summaryOf(outcome)).toEqual([
      '.a present',
      'a present',
      'a-b present',
      'a.txt present',
      'b/ present',
      'b/c present',
      'b/d/ present',
      'b/d/e present',
      '\u00e9/ present',
      '\u00e9/f present',
    ]);
  });

  test('what stands before an ignore file is judged by it, and nothing is asked for but that file', async () => {
    const keys = ['d/ x.tmp', 'd/-/y.tmp', 'd/.git/z', 'd/.syncignore', 'd/a.tmp', 'd/b', 'e/c.tmp'];
    const client = telling(inNativeOrder(keys.map(file)), { ignoreFile: '*.tmp\n.git\n' });
    expect(summaryOf(await onTheWay(client))).toEqual([
      'd/ present',
      'd/ x.tmp excluded',
      'd/-/ present',
      'd/-/y.tmp excluded',
      'd/.git/ excluded',
      'd/.syncignore present',
      'd/a.tmp excluded',
      'd/b present',
      'e/ present',
      'e/c.tmp present',
    ]);
    expect(client.asked).toEqual(['read d/.syncignore']);
  });

  test('a great many entries do not wait for an ignore file: the store is asked whether there is one', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => file(`-/${String(index).padStart(5, '0')}.tmp`));
    const client = telling([...many, file('.syncignore'), file('b')], { ignoreFile: '*.tmp' });
    const outcome = await onTheWay(client);
    const states = summaryOf(outcome).map((line) => line.split(' ').at(-1));
    expect(states.filter((state) => state === 'excluded')).toHaveLength(10_000);
    expect(states.filter((state) => state === 'present')).toHaveLength(3);
    expect(client.asked).toEqual(['stat .syncignore', 'read .syncignore']);
  });

  test('an ignore file that cannot be understood hides its directory, and only that', async () => {
    const client = altered(telling(inNativeOrder(['d/-', 'd/.syncignore', 'd/e/f', 'g'].map(file))), {
      read: () => {
        throw new SyncEngineError('permission-denied', 'No.', {});
      },
    });
    expect(summaryOf(await onTheWay(client))).toEqual(['d/ permission-denied', 'g present']);
  });

  test('a key that is a file and a folder at once is a problem, and nothing below it is told', async () => {
    const keys = ['a', 'a-b/c', 'a/b', 'a/c/d', 'a0', 'x', 'x/y'].map(file);
    const outcome = await onTheWay(telling(inNativeOrder(keys)));
    expect(summaryOf(outcome)).toEqual([
      'a-b/ present',
      'a-b/c present',
      'a/ name-collision',
      'a0 present',
      'x/ name-collision',
    ]);
    // All of them are found in one pass, and the next one knows them.
    expect(outcome.passes).toBe(2);
  });

  test('ignoring one of the two lets the other be', async () => {
    const entries = inNativeOrder(['a', 'a/b', 'x', 'x/y'].map(file));
    const ignore = new IgnoreFileManager({ patterns: ['a/', 'x', '!x/'] });
    expect(summaryOf(await onTheWay(telling(entries), { ignore }))).toEqual(['a present', 'x/ present', 'x/y present']);
  });

  test('keys that are no paths are problems of their own place', async () => {
    const keys = ['/etc/passwd', '../up', 'a//b', 'a/./c', 'a/../d', 'b/', 'c', 'd\0'];
    const outcome = await onTheWay(telling(inNativeOrder(keys.map(file))));
    expect(summaryOf(outcome)).toEqual([
      '../ invalid-name',
      '// invalid-name',
      'a/ present',
      'a/../ invalid-name',
      'a/./ invalid-name',
      'a/// invalid-name',
      'b/ present',
      'b/// invalid-name',
      'c present',
      'd\0/ invalid-name',
    ]);
  });

  test('names whose order changes by their Unicode form are sorted in memory, in a second pass', async () => {
    const outcome = await onTheWay(telling(inNativeOrder(['e\u0301', 'f', 'z/\u212a'].map(file))));
    expect(summaryOf(outcome)).toEqual(['f present', 'z/ present', 'z/K present', '\u00e9 present']);
    expect(outcome.passes).toBe(2);
  });

  test('a store that leaves the order that it declares is refused', async () => {
    await expect(onTheWay(telling(['a', 'c', 'b'].map(file)))).rejects.toMatchObject({
      code: 'order-broken',
      path: 'b',
    });
    await expect(onTheWay(telling([file('a/b'), directory('a')]))).rejects.toMatchObject({ code: 'order-broken' });
  });

  test.for([0, 3, 6])(
    'that fails after %d entries is a side that cannot be seen, never a short one',
    async (failsAfter) => {
      const client = telling(inNativeOrder(plain), { failsAfter });
      await expect(onTheWay(client)).rejects.toMatchObject({ code: 'root-unreadable', side: 'source', retry: 'yes' });
      await expect(outcomeOf(scannerOf(client))).rejects.toMatchObject({ code: 'root-unreadable' });
    },
  );

  test('links that are to be followed are walked', async () => {
    const client = new MemoryStorageClient({ listRecursive: true });
    client.put('d/a', 'a');
    client.putSymlink('l', 'd');
    const outcome = await onTheWay(client, { symlinks: 'follow' });
    expect(summaryOf(outcome)).toEqual(['d/ present', 'd/a present', 'l/ present', 'l/a present']);
  });

  test('is told where it may be cut', async () => {
    let told: readonly string[] | undefined;
    const client = altered(new MemoryStorageClient({ directories: 'implied' }), {
      listRecursive: async function* (options) {
        told = options?.boundaries;
        yield [];
      },
    });
    await onTheWay(client, { boundaries: async () => ['b', 'd/e'] });
    expect(told).toEqual(['b', 'd/e']);
  });
});
