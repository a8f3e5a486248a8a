import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { temporaryFolder, writeTree } from '../../test/support/folders.ts';
import { fieldNames, loadConfiguration } from './index.ts';

const schema = JSON.parse(readFileSync(new URL('../../syncengine.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv({
  strict: true,
  allErrors: true,
  unicodeRegExp: true,
  allowUnionTypes: true,
  keywords: [],
}).compile(schema);

async function isAccepted(configuration: unknown): Promise<boolean> {
  const folder = temporaryFolder();
  writeTree(folder, { 'syncengine.json': JSON.stringify(configuration, undefined, 2) });
  return await loadConfiguration('syncengine.json', folder).then(
    () => true,
    () => false,
  );
}

const pair = { source: 'a', destination: 'b' };

function withPair(fields: object): object {
  return { pairs: { documents: { ...pair, ...fields } } };
}

const good: readonly object[] = [
  { pairs: { documents: pair } },
  { $schema: './x.json', pairs: { documents: pair } },
  { defaults: {}, limits: {}, adapters: [], pairs: { a: pair, 'Ünï-1.2_3': pair } },
  { state: './state', adapters: ['syncengine-dropbox', './mine.js'], pairs: { a: pair } },
  { limits: { transfers: 1, operations: 2, bandwidth: '1.5MiB' }, pairs: { a: pair } },
  { limits: { bandwidth: 500_000 }, pairs: { a: pair } },
  withPair({ destination: { usb: '/media/usb', cloud: { location: 's3://b', settings: { region: 'eu-west-1' } } } }),
  withPair({
    source: { location: `sftp://\${USER}@host/x`, environment: { SYNCENGINE_SFTP_PASSWORD: `\${PASSWORD}` } },
  }),
  ...['two-way', 'sb', 'destination-backup'].map((mode) => withPair({ mode })),
  withPair({ comparison: 'size-only', conflict: 'manual', initial: 'source', strict: true, symlinks: 'skip' }),
  withPair({ ignore: ['*.tmp', '!keep'], ignoreFileName: '.gitignore', excludeDotFiles: true }),
  withPair({ include: ['*.md', 'docs/**'], exclude: ['/drafts/'], renames: { 'a/b': 'c', './d/': 'e' } }),
  withPair({ marker: '.disk', maximumDeletions: 0, trash: false }),
  withPair({ maximumDeletions: '12.5%', trash: { keepDays: 0 }, limits: { transfers: 3 } }),
  withPair({ maximumDeletions: '100', trash: true }),
  withPair({ versions: true }),
  withPair({ versions: {} }),
  withPair({ versions: { days: 30, count: 10, hourly: 24, daily: 7, weekly: 5, monthly: 12 } }),
];

test.each(good.map((each) => [each]))('the schema and the command accept %j', async (configuration) => {
  expect([validate(configuration), validate.errors, await isAccepted(configuration)]).toEqual([true, null, true]);
});

const bad: readonly unknown[] = [
  [],
  'pairs',
  {},
  { pairs: {} },
  { pairs: [] },
  { pairs: { documents: {} } },
  { pairs: { documents: { source: 'a' } } },
  { pairs: { 'a/b': pair } },
  { pairs: { '': pair } },
  { pairs: { './a': pair } },
  { pair: { documents: pair }, pairs: { documents: pair } },
  { defaults: { source: 'a' }, pairs: { a: pair } },
  { defaults: { mode: 'sideways' }, pairs: { a: pair } },
  { limits: { transfers: 0 }, pairs: { a: pair } },
  { limits: { transfers: '4' }, pairs: { a: pair } },
  { limits: { bandwidth: 'fast' }, pairs: { a: pair } },
  { limits: { bandwidth: 0 }, pairs: { a: pair } },
  { limits: 4, pairs: { a: pair } },
  { adapters: 'x', pairs: { a: pair } },
  { adapters: [1], pairs: { a: pair } },
  { state: '', pairs: { a: pair } },
  { $schema: 1, pairs: { a: pair } },
  withPair({ source: '' }),
  withPair({ source: 1 }),
  withPair({ source: ['a', 'b'] }),
  withPair({ source: {} }),
  withPair({ source: { location: 'a', option: 1 } }),
  withPair({ destination: {} }),
  withPair({ destination: { 'a b': 'x' } }),
  withPair({ destination: { usb: 1 } }),
  withPair({ destination: { usb: { location: 'a', settings: { region: 1 } } } }),
  withPair({ mode: 'sideways' }),
  withPair({ mode: null }),
  withPair({ compare: 'size-only' }),
  withPair({ comparison: 'sizes' }),
  withPair({ conflict: 'both' }),
  withPair({ initial: 'destinaton' }),
  withPair({ strict: 'yes' }),
  withPair({ symlinks: 'copy' }),
  withPair({ ignore: '*.tmp' }),
  withPair({ ignore: [''] }),
  withPair({ ignoreFileName: 'a/b' }),
  withPair({ ignoreFileName: '..' }),
  withPair({ excludeDotFiles: 1 }),
  withPair({ include: [''] }),
  withPair({ exclude: ['/'] }),
  withPair({ exclude: ['x'.repeat(4097)] }),
  withPair({ renames: { '../a': 'b' } }),
  withPair({ renames: { a: 'b//c' } }),
  withPair({ renames: ['a=b'] }),
  withPair({ marker: '/a' }),
  withPair({ maximumDeletions: -1 }),
  withPair({ maximumDeletions: 1.5 }),
  withPair({ maximumDeletions: '101%' }),
  withPair({ maximumDeletions: true }),
  withPair({ trash: 'no' }),
  withPair({ trash: { keepDays: -1 } }),
  withPair({ trash: { days: 30 } }),
  withPair({ versions: { days: 0 } }),
  withPair({ versions: { yearly: 1 } }),
  withPair({ versions: 'days=30' }),
  withPair({ limits: { transfer: 1 } }),
];

test.each(bad.map((each) => [each]))('the schema and the command refuse %j', async (configuration) => {
  expect([validate(configuration), await isAccepted(configuration)]).toEqual([false, false]);
});

test('the schema knows every field that the command knows, and no other', () => {
  const { properties, definitions } = schema;
  expect(Object.keys(properties).sort()).toEqual([...fieldNames.file].sort());
  expect(Object.keys(definitions.pair.properties).sort()).toEqual([...fieldNames.pair].sort());
  expect(Object.keys(properties.defaults.properties).sort()).toEqual([...fieldNames.defaults].sort());
  expect(Object.keys(definitions.settings).sort()).toEqual([...fieldNames.defaults].sort());
});
