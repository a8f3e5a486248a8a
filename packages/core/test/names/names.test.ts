import { describe, expect, test } from 'vitest';
import type { Entry, MemoryStorageClient } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { prepared, scenario } from '../support/scenario.ts';
import { engineOf, type Scenario } from '../support/story.ts';
import { treeOf } from '../support/tree.ts';

const nfc = 'é'.normalize('NFC');
const nfd = 'é'.normalize('NFD');
const sameName = (path: string): boolean => path.normalize('NFC') === nfc;

describe('names that only one side can tell apart', () => {
  const clients = { destination: { caseSensitive: false } };

  for (const mode of ['two-way', 'source-to-destination', 'source-backup']) {
    test(`${mode}: two names that differ in case are a problem, neither is touched, the rest goes on`, async () => {
      await scenario({
        mode,
        clients,
        base: { 'd/other': 'o' },
        source: { 'd/readme': 'small', 'd/README': 'large', 'd/new': 'new' },
        expect: {
          status: 'problems',
          problems: ['source d/README name-collision'],
          source: { 'd/other': 'o', 'd/readme': 'small', 'd/README': 'large', 'd/new': 'new' },
          destination: { 'd/other': 'o', 'd/new': 'new' },
        },
      });
    });
  }

  test('two-way: a name that collides since the last run is not a deletion of what was in sync', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: { readme: 'known' },
      source: { README: 'new' },
      expect: {
        status: 'problems',
        problems: ['source README name-collision'],
        source: { readme: 'known', README: 'new' },
        destination: { readme: 'known' },
        known: ['readme'],
      },
    });
  });

  test('two-way: two folders that differ in case are a problem with all that they hold', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: {},
      source: { 'Photos/a': 'a', 'photos/b': 'b' },
      expect: {
        status: 'problems',
        problems: ['source Photos name-collision'],
        source: { 'Photos/a': 'a', 'photos/b': 'b' },
        destination: {},
      },
    });
  });

  test('two-way: NFC and NFD forms of one name are a problem even where both sides keep forms apart', async () => {
    await scenario({
      mode: 'two-way',
      base: {},
      source: { [nfc]: 'composed', [nfd]: 'decomposed' },
      expect: {
        status: 'problems',
        problems: [`source ${nfd} name-collision`],
        source: { [nfc]: 'composed', [nfd]: 'decomposed' },
        destination: {},
      },
    });
  });
});

describe('each side keeps its own spelling', () => {
  test('two-way: a side that decomposes names is in sync with one that composes them', async () => {
    await scenario({
      mode: 'two-way',
      clients: { source: { unicode: 'composed' }, destination: { unicode: 'decomposed' } },
      base: { [`${nfc}/${nfc}`]: '1' },
      source: { [`${nfc}/${nfc}`]: '2' },
      destination: { [`${nfc}/new`]: 'new' },
      exempt: (path) => sameName(path.split('/')[0] ?? ''),
      expect: {
        source: { [`${nfc}/${nfc}`]: '2', [`${nfc}/new`]: 'new' },
        destination: { [`${nfd}/${nfd}`]: '2', [`${nfd}/new`]: 'new' },
      },
    });
  });

  test('two-way: what was created on both sides in two cases is one path', async () => {
    await scenario({
      mode: 'two-way',
      clients: { destination: { caseSensitive: false } },
      source: { anchor: 'anchor', 'Notes/Today': 'text' },
      destination: { anchor: 'anchor', 'notes/today': 'text', 'notes/old': 'old' },
      exempt: (path) => path.toLowerCase().startsWith('notes'),
      expect: {
        source: { anchor: 'anchor', 'Notes/Today': 'text', 'Notes/old': 'old' },
        destination: { anchor: 'anchor', 'notes/today': 'text', 'notes/old': 'old' },
      },
    });
  });

  test('two-way: a file against a directory of another case: the directory keeps the path in one spelling', async () => {
    await scenario({
      mode: 'two-way',
      clients: { source: { caseSensitive: false } },
      base: {},
      source: { 'c.txt/d/b': 'b' },
      destination: { 'C.TXT': 'file' },
      exempt: (path) => path.toLowerCase().startsWith('c.'),
      mirror: { not: 'a conflict is told in the spelling of the source' },
      expect: {
        source: { 'c.txt/d/b': 'b', 'c.conflict-destination-20260101T000300Z.txt': 'file' },
        destination: { 'C.TXT/d/b': 'b', 'C.conflict-destination-20260101T000300Z.TXT': 'file' },
        conflicts: ['c.txt file-and-directory keep-both'],
      },
    });
  });
});

describe('row 27: only the case of a folder changed, and files moved', () => {
  for (const mode of ['two-way', 'source-to-destination']) {
    test(`${mode}: files come into and out of the folder under its new spelling`, async () => {
      await scenario({
        mode,
        clients: { source: { caseSensitive: false } },
        base: { 'Docs/a': 'a', 'Docs/b': 'b', 'other/c': 'c' },
        source: (side) => {
          side.rename('Docs', 'docs');
          side.rename('docs/a', 'other/a');
          side.rename('other/c', 'docs/c');
        },
        expect: { both: { 'docs/b': 'b', 'docs/c': 'c', 'other/a': 'a' } },
      });
    });
  }
});

describe('row 27: only the case of a folder changed, and what is not synchronised has that spelling', () => {
  const clients = { source: { caseSensitive: false, symlinks: false } };
  const inside = 'something of ours lies there';

  for (const mode of ['two-way', 'source-to-destination']) {
    test(`${mode}: the folder keeps its spelling there, and nothing is written through a link`, async () => {
      const { result } = await scenario({
        mode,
        clients,
        base: { 'docs/a': 'a', 'other/b': inside },
        source: (side) => {
          side.rename('docs', 'Docs');
          side.put('Docs/new', 'new');
          side.put('Docs/deep/er', 'deeper');
        },
        destination: { Docs: '-> other' },
        exempt: (path) => path.toLowerCase().startsWith('docs'),
        expect: {
          source: { 'Docs/a': 'a', 'Docs/new': 'new', 'Docs/deep/er': 'deeper', 'other/b': inside },
          destination: {
            'docs/a': 'a',
            'docs/new': 'new',
            'docs/deep/er': 'deeper',
            'other/b': inside,
            Docs: '-> other',
          },
        },
      });
      expect(result.notices.map(({ path }) => path)).toEqual(['docs']);
    });

    test(`${mode}: so does a file`, async () => {
      await scenario({
        mode,
        clients,
        base: { 'folder/read': 'read', 'other/b': inside },
        source: (side) => side.rename('folder/read', 'folder/Read'),
        destination: { 'folder/Read': '-> ../other/b' },
        exempt: (path) => path.toLowerCase().endsWith('read'),
        expect: {
          source: { 'folder/Read': 'read', 'other/b': inside },
          destination: { 'folder/read': 'read', 'folder/Read': '-> ../other/b', 'other/b': inside },
        },
      });
    });
  }
});

describe('names that the other side cannot hold', () => {
  const clients = { destination: { names: { forbidden: /[:*?]/, reserved: /^con$|[. ]$/i, maximumBytes: 20 } } };
  for (const [what, name] of Object.entries({
    'a forbidden character': 'a:b',
    'a reserved name': 'con',
    'a trailing dot': 'name.',
    'too long a name': 'x'.repeat(21),
  })) {
    test(`${what} is a problem, found before the first effect; the rest goes on`, async () => {
      await scenario({
        mode: 'two-way',
        clients,
        base: {},
        source: { [name]: 'x', fine: 'fine' },
        expect: {
          status: 'problems',
          problems: [`source ${name} unsupported-name`],
          source: { [name]: 'x', fine: 'fine' },
          destination: { fine: 'fine' },
          operations: ['create destination fine'],
        },
      });
    });

    test(`${what} of a folder freezes all that it holds`, async () => {
      await scenario({
        mode: 'source-to-destination',
        clients,
        base: {},
        source: { [`${name}/a`]: 'a', [`${name}/b/c`]: 'c' },
        expect: {
          status: 'problems',
          problems: [`source ${name} unsupported-name`],
          source: { [`${name}/a`]: 'a', [`${name}/b/c`]: 'c' },
          destination: {},
          operations: [],
        },
      });
    });
  }

  test('in a mode that never brings it there, such a name stays where it is and is told all the same', async () => {
    await scenario({
      mode: 'destination-backup',
      clients,
      base: {},
      source: { con: 'x' },
      expect: { status: 'problems', problems: ['source con unsupported-name'], source: { con: 'x' }, destination: {} },
    });
  });
});

describe('symbolic links', () => {
  const links = { inside: '-> d/a', up: '-> ../outside', absolute: '-> /etc/passwd', 'd/back': '-> ../inside' };
  const base = { 'd/a': 'a' };
  const excludedLinks = (path: string): boolean => path in links;

  test('safe: relative links that stay inside are kept as links, all others are excluded', async () => {
    await scenario({
      mode: 'two-way',
      base,
      source: links,
      exempt: excludedLinks,
      expect: {
        source: { ...base, ...links },
        destination: { ...base, inside: '-> d/a', 'd/back': '-> ../inside' },
        counts: { skipped: 2 },
      },
    });
  });

  test('preserve: every link is kept as it is written', async () => {
    await scenario({
      mode: 'two-way',
      base,
      options: { symlinks: 'preserve' },
      source: links,
      expect: { both: { ...base, ...links } },
    });
  });

  test('skip: links are excluded', async () => {
    await scenario({
      mode: 'two-way',
      base,
      options: { symlinks: 'skip' },
      source: links,
      exempt: excludedLinks,
      expect: { source: { ...base, ...links }, destination: base, counts: { skipped: 4 }, operations: [] },
    });
  });

  test('follow: what a link inside the root points to comes in its place; in circles or outside it is excluded', async () => {
    await scenario({
      mode: 'source-to-destination',
      base,
      options: { symlinks: 'follow' },
      source: { file: '-> d/a', folder: '-> d', 'd/circle': '-> ../d', out: '-> ../out' },
      exempt: (path) => ['file', 'folder/', 'folder/a', 'd/circle', 'folder', 'out'].includes(path),
      expect: { destination: { ...base, file: 'a', 'folder/a': 'a' } },
    });
  });

  test('where the other side cannot hold links, they are excluded', async () => {
    await scenario({
      mode: 'two-way',
      clients: { destination: { symlinks: false } },
      base,
      source: { inside: '-> d/a' },
      exempt: excludedLinks,
      expect: { source: { ...base, inside: '-> d/a' }, destination: base, operations: [], counts: { skipped: 1 } },
    });
  });
});

describe('hostile names from a store', () => {
  const hostile = ['..', '.', '', 'a/../../b', '../x', 'nul\0', '\ud800'];
  for (const mode of ['two-way', 'source-to-destination']) {
    test(`${mode}: names that lead elsewhere are problems, and the rest goes on`, async () => {
      const promise: Scenario = {
        mode,
        base: { a: 'a' },
        source: { new: 'new' },
        wraps: { source: (client) => altered(client, { list: (directory) => hostileListing(client, directory) }) },
        expect: {},
      };
      const pair = await prepared(promise);
      const result = await engineOf(pair, promise).sync();
      expect(result.problems.map(({ code }) => code)).toEqual(Array(hostile.length).fill('invalid-name'));
      expect(result.operations.map(({ path }) => path)).toEqual(['new']);
      expect(treeOf(pair.destination)).toEqual({ a: 'a', anchor: 'anchor', new: 'new' });
    });
  }

  async function* hostileListing(client: MemoryStorageClient, directory: string): AsyncGenerator<readonly Entry[]> {
    yield* client.list(directory);
    if (directory === '') yield hostile.map((path) => ({ kind: 'file', path, version: '1', size: 1 }));
  }
});
