import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IgnoreFileManager } from '../ignore/index.ts';
import { isPacked, type ScannedItem } from '../join/index.ts';
import { LocalStorageClient } from '../local/index.ts';
import { compareUtf8, WalkReader } from '../paths/index.ts';
import type { DirectoryEntry, StorageClient } from '../storage/index.ts';
import { systemClock } from '../system-clock.ts';
import { DirectoryScanner, type DirectoryScannerOptions } from './index.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packed-scan-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(path: string, content = path): void {
  const place = join(folder, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
  utimesSync(place, 1_700_000_000, 1_700_000_000);
}

/** Root may read everything, so for a while it is another user. */
async function asSomebodyElse(work: () => Promise<unknown>): Promise<void> {
  const user = process.geteuid?.();
  if (user !== 0) {
    await work();
    return;
  }
  process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    process.seteuid?.(user);
  }
}

/** The same client, without the packed way. */
function withoutPacked(client: StorageClient): StorageClient {
  return {
    id: client.id,
    capabilities: client.capabilities,
    list: client.list.bind(client),
    stat: client.stat.bind(client),
    read: client.read.bind(client),
    write: client.write.bind(client),
    remove: client.remove.bind(client),
    makeDirectory: client.makeDirectory.bind(client),
  };
}

type ScanOptions = Partial<Omit<DirectoryScannerOptions, 'client'>>;

async function scan(
  client: StorageClient,
  options: ScanOptions = {},
): Promise<{ items: unknown[]; packedRuns: number }> {
  const scanner = new DirectoryScanner({
    client,
    side: 'source',
    other: new LocalStorageClient(tmpdir(), { caseSensitive: true }),
    folding: 'exact',
    ignore: new IgnoreFileManager(),
    clock: systemClock,
    ...options,
  });
  const items: ScannedItem[] = [];
  let packedRuns = 0;
  for await (const page of scanner.items) {
    if (!isPacked(page)) items.push(...page);
    else {
      packedRuns += 1;
      const walk = new WalkReader(page);
      for (let place = 0; walk.next(); place += 1) items.push(page.item(place, walk.order));
    }
  }
  for (const [index, { orderKey }] of items.entries()) {
    expect(compareUtf8(items[index - 1]?.orderKey ?? '', orderKey), orderKey).toBeLessThan(0);
  }
  return { items: items.map((item) => ({ ...item, ignore: item.ignore?.fingerprint })), packedRuns };
}

async function expectSame(options: ScanOptions = {}): Promise<number> {
  const client = new LocalStorageClient(folder);
  const [packedly, ordinarily] = [await scan(client, options), await scan(withoutPacked(client), options)];
  expect(packedly.items).toEqual(ordinarily.items);
  expect(ordinarily.packedRuns).toBe(0);
  return packedly.packedRuns;
}

// Each scan starts a thread, which takes its time on a busy machine.
describe('a packed tree tells what an ordinary walk tells', { timeout: 300_000 }, () => {
  test('of plain files and folders, over many runs', async () => {
    for (let index = 0; index < 6000; index += 1) put(`part-${index % 7}/folder-${index % 61}/file ${index}.txt`, '');
    mkdirSync(join(folder, 'empty'));
    expect(await expectSame()).toBeGreaterThan(1);
  });

  test('of an empty folder, and of none', async () => {
    await expectSame();
    rmSync(folder, { recursive: true });
    await expect(scan(new LocalStorageClient(folder))).rejects.toMatchObject({ code: 'root-unreadable' });
  });

  test('of names that sort in odd ways, links, and what the other side could not hold', async () => {
    for (const name of ['a', 'a.b', 'a0', 'é', 'é', 'z\ufffd', '\u{1f600}', 'ﬀ', 'A', 'new\nline', 'x'.repeat(255)]) {
      put(`names/${name}`);
      put(`deep/${name}-folder/inside`.slice(0, 200));
    }
    put('b/inside');
    put('b.c');
    symlinkSync('b', join(folder, 'link'));
    symlinkSync('nowhere', join(folder, 'b', 'dangling'));
    symlinkSync('/', join(folder, 'out'));
    await expectSame();
    await expectSame({ symlinks: 'skip' });
    await expectSame({ symlinks: 'follow' });
    const other = new LocalStorageClient(tmpdir());
    const names = { maximumBytes: 20, maximumPathBytes: 40 };
    const narrow = { ...withoutPacked(other), capabilities: { ...other.capabilities, names } };
    await expectSame({ other: narrow });
  });

  test('of folders with ignore files, and of the reserved folder', async () => {
    for (const path of ['plain/a', 'ruled/.syncignore', 'ruled/deep/keep', 'ruled/.aaa', 'zz/b'])
      put(path, '*.tmp\n.aaa\n');
    put('ruled/deep/drop.tmp');
    put('.syncengine/staging/x');
    put('plain/.syncengine/y');
    expect(await expectSame()).toBeGreaterThanOrEqual(0);
    put('.syncignore', 'zz\n');
    await expectSame();
    await expectSame({ ignore: new IgnoreFileManager({ patterns: ['deep'] }) });
    await expectSame({ ignore: new IgnoreFileManager({ excludeDotFiles: true }) });
    await expectSame({ filter: (path) => (path.endsWith('a') ? 'exclude' : 'include') });
  });

  test('of the folder that holds the state, and of the other root inside', async () => {
    put('inside/state/file');
    put('inside/other');
    const entry = await new LocalStorageClient(folder).stat('inside/state');
    if (entry?.kind !== 'directory') throw new Error('It is there.');
    const landmark = (what: 'state' | 'other-root', at: DirectoryEntry) => ({
      what,
      id: 'file:///elsewhere',
      entry: at,
    });
    await expectSame({ landmarks: [landmark('state', entry)] });
    const client = new LocalStorageClient(folder);
    await expect(scan(client, { landmarks: [landmark('other-root', entry)] })).rejects.toMatchObject({
      code: 'nested-roots',
    });
  });

  test('of a folder that may not be read', async () => {
    put('a/file');
    put('closed/file');
    put('z');
    chmodSync(join(folder, 'closed'), 0);
    chmodSync(folder, 0o755);
    try {
      await asSomebodyElse(() => expectSame());
    } finally {
      chmodSync(join(folder, 'closed'), 0o755);
    }
  });

  test('of any tree', async () => {
    const name = fc.constantFrom('a', 'b', 'a.b', 'B', 'é', 'é', '.syncignore', 'c ', 'link');
    const paths = fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(paths, async (tree) => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        for (const path of tree) {
          const place = join(folder, ...path);
          try {
            mkdirSync(dirname(place), { recursive: true });
            if (path.at(-1) === 'link') symlinkSync('a', place);
            else writeFileSync(place, 'b\n');
          } catch {
            // A file stands where the folder would be, or the other way round.
          }
        }
        await expectSame();
      }),
      { numRuns: 25 },
    );
  });
});

test('a scan that is left early, or called off, ends its thread', { timeout: 300_000 }, async () => {
  for (let index = 0; index < 3000; index += 1) put(`folder-${index % 50}/file-${index}`, '');
  const client = new LocalStorageClient(folder);
  for await (const run of (await client.listPacked()) ?? []) {
    expect(run.count).toBeGreaterThan(0);
    break;
  }
  const abort = new AbortController();
  const runs = await client.listPacked({ signal: abort.signal });
  abort.abort();
  const take = async (): Promise<void> => {
    for await (const run of runs ?? []) expect(run.count).toBeGreaterThan(0);
  };
  await expect(take()).rejects.toMatchObject({ name: 'AbortError' });
});

test('others get their turn while a tree is scanned', { timeout: 300_000 }, async () => {
  for (let index = 0; index < 8000; index += 1) put(`folder-${index % 50}/file-${index}`, '');
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const { packedRuns } = await scan(new LocalStorageClient(folder));
  isDone = true;
  expect(packedRuns).toBeGreaterThan(4);
  expect(turns).toBeGreaterThan(packedRuns);
});
