import { describe } from 'vitest';
import { row } from '../support/row.ts';

const copy = (name: string): string => name.replace('.', '.conflict-destination-20260101T000300Z.');
const copyOfSource = (name: string): string => name.replace('.', '.conflict-source-20260101T000200Z.');

describe('row 10: type changed | unchanged', () => {
  const kinds = {
    file: { 'x.y': 'file' },
    link: { 'x.y': '-> a' },
    directory: { 'x.y/f': 'f', 'x.y/d/g': 'g', 'x.y/d/l': '-> g', 'x.y/e/': '' },
  };
  for (const [from, before] of Object.entries(kinds)) {
    for (const [to, after] of Object.entries(kinds)) {
      if (from === to) continue;
      const change = Object.keys(after).some((path) => path.startsWith('x.y/'))
        ? { 'x.y': undefined, ...after }
        : after;
      const kept = Object.fromEntries(Object.entries(before).filter(([path]) => !path.endsWith('/')));
      const drift = Object.fromEntries(Object.entries(after).filter(([path]) => !path.endsWith('/')));
      row(
        `row 10, ${from} becomes ${to}`,
        { base: before, source: change },
        {
          'two-way': { says: 'swapped, the old into the trash', both: after, trash: { destination: kept } },
          'source-to-destination': {
            says: 'swapped, the old into the trash',
            both: after,
            trash: { destination: kept },
          },
          'source-backup': { says: 'swapped, the old kept as a version', both: after, versions: { destination: kept } },
          'destination-to-source': { says: 'swapped back', both: before, trash: { source: drift } },
          'destination-backup': { says: 'swapped back', both: before, versions: { source: drift } },
        },
      );
    }
  }
});

describe('row 11: type changed | modified', () => {
  const edit = { 'x.y': 'edited' };
  const becomesLink = { 'x.y': '-> a' };
  row(
    'row 11, a link against an edit',
    { base: { 'x.y': 'file' }, source: becomesLink, destination: edit },
    {
      'two-way': {
        says: 'the changed type keeps the path, the edit becomes a conflict copy',
        both: { 'x.y': '-> a', [copy('x.y')]: 'edited' },
        conflicts: ['x.y type-and-edit keep-both'],
      },
      'source-to-destination': { says: 'the leader wins', both: becomesLink, trash: { destination: edit } },
      'source-backup': { says: 'the leader wins', both: becomesLink, versions: { destination: edit } },
      'destination-to-source': { says: 'the leader wins', both: edit, trash: { source: becomesLink } },
      'destination-backup': { says: 'the leader wins', both: edit, versions: { source: becomesLink } },
    },
  );
  const folder = { 'x.y/f': 'f' };
  row(
    'row 11, a directory against an edit',
    { base: { 'x.y': 'file' }, source: { 'x.y': undefined, ...folder }, destination: edit },
    {
      'two-way': {
        says: 'the changed type keeps the path, the edit becomes a conflict copy',
        both: { ...folder, [copy('x.y')]: 'edited' },
        conflicts: ['x.y type-and-edit keep-both'],
      },
      'source-to-destination': { says: 'the leader wins', both: folder, trash: { destination: edit } },
      'source-backup': { says: 'the leader wins', both: folder, versions: { destination: edit } },
      'destination-to-source': { says: 'the leader wins', both: edit, trash: { source: folder } },
      'destination-backup': { says: 'the leader wins', both: edit, versions: { source: folder } },
    },
  );
  const becomesFile = { 'x.y': 'now a file' };
  const edits = { 'x.y/f': 'edited', 'x.y/d/new': 'new' };
  const before = { 'x.y/f': 'f', 'x.y/g': 'g', 'x.y/d/h': 'h' };
  row(
    'row 11, a file against edits inside the directory',
    { base: before, source: becomesFile, destination: edits },
    {
      'two-way': {
        says: 'the changed type keeps the path, the edits go into a conflict copy of the directory',
        both: { 'x.y': 'now a file', [`${copy('x.y')}/f`]: 'edited', [`${copy('x.y')}/d/new`]: 'new' },
        conflicts: ['x.y/d/new type-and-edit keep-both', 'x.y/f type-and-edit keep-both'],
        trash: { destination: { 'x.y/g': 'g', 'x.y/d/h': 'h' } },
      },
      'source-to-destination': {
        says: 'the leader wins',
        both: becomesFile,
        trash: { destination: { ...before, ...edits } },
      },
      'source-backup': {
        says: 'the leader wins',
        both: becomesFile,
        versions: { destination: { ...before, ...edits } },
      },
      'destination-to-source': {
        says: 'the leader wins',
        both: { ...before, ...edits },
        trash: { source: becomesFile },
      },
      'destination-backup': {
        says: 'the leader wins',
        both: { ...before, ...edits },
        versions: { source: becomesFile },
      },
    },
  );
});

describe('row 12: type changed | type changed', () => {
  const link = { 'x.y': '-> a' };
  const folder = { 'x.y/f': 'f' };
  const becomesFolder = { 'x.y': undefined, ...folder };
  const adopted = { says: 'equal: adopted', both: { ...link }, operations: [], known: ['x.y'] };
  row(
    'row 12, to the same link',
    { base: { 'x.y': 'file' }, source: link, destination: link },
    {
      'two-way': adopted,
      'source-to-destination': adopted,
      'source-backup': adopted,
      'destination-to-source': adopted,
      'destination-backup': adopted,
    },
  );
  row(
    'row 12, to two links',
    { base: { 'x.y': 'file' }, source: link, destination: { 'x.y': '-> b' } },
    {
      'two-way': {
        says: 'differing: conflict',
        both: { ...link, [copy('x.y')]: '-> b' },
        conflicts: ['x.y type-and-edit keep-both'],
      },
      'source-to-destination': { says: 'the leader wins', both: link },
      'source-backup': { says: 'the leader wins', both: link },
      'destination-to-source': { says: 'the leader wins', both: { 'x.y': '-> b' } },
      'destination-backup': { says: 'the leader wins', both: { 'x.y': '-> b' } },
    },
  );
  row(
    'row 12, to two directories',
    { base: { 'x.y': 'file' }, source: becomesFolder, destination: { 'x.y': undefined, 'x.y/g': 'g' } },
    {
      'two-way': { says: 'they merge', both: { 'x.y/f': 'f', 'x.y/g': 'g' } },
      'source-to-destination': { says: 'the leader wins', both: folder },
      'source-backup': { says: 'extras stay', source: folder, destination: { 'x.y/f': 'f', 'x.y/g': 'g' } },
      'destination-to-source': { says: 'the leader wins', both: { 'x.y/g': 'g' } },
      'destination-backup': {
        says: 'extras stay',
        source: { 'x.y/f': 'f', 'x.y/g': 'g' },
        destination: { 'x.y/g': 'g' },
      },
    },
  );
  row(
    'row 12, to a link and a directory',
    { base: { 'x.y': 'file' }, source: link, destination: becomesFolder },
    {
      'two-way': {
        says: 'the directory keeps the path, the link becomes a conflict copy',
        both: { ...folder, [copyOfSource('x.y')]: '-> a' },
        conflicts: ['x.y type-and-edit keep-both'],
      },
      'source-to-destination': { says: 'the leader wins', both: link, trash: { destination: folder } },
      'source-backup': { says: 'the leader wins', both: link, versions: { destination: folder } },
      'destination-to-source': { says: 'the leader wins', both: folder, trash: { source: link } },
      'destination-backup': { says: 'the leader wins', both: folder, versions: { source: link } },
    },
  );
  row(
    'row 12, from a directory to two kinds',
    { base: { 'x.y/f': 'f' }, source: { 'x.y': 'file' }, destination: link },
    {
      'two-way': {
        says: 'differing: conflict',
        both: { 'x.y': 'file', [copy('x.y')]: '-> a' },
        conflicts: ['x.y type-and-edit keep-both'],
        known: ['x.conflict-destination-20260101T000300Z.y', 'x.y'],
      },
      'source-to-destination': { says: 'the leader wins', both: { 'x.y': 'file' } },
      'source-backup': { says: 'the leader wins', both: { 'x.y': 'file' } },
      'destination-to-source': { says: 'the leader wins', both: link },
      'destination-backup': { says: 'the leader wins', both: link },
    },
  );
});

describe('row 13: type changed | deleted', () => {
  const link = { 'x.y': '-> a' };
  const folder = { 'x.y/f': 'f', 'x.y/d/': '' };
  const survives = { says: 'the changed type survives', both: link };
  row(
    'row 13, a link',
    { base: { 'x.y': 'file' }, source: link, destination: { 'x.y': undefined } },
    {
      'two-way': survives,
      'source-to-destination': { ...survives, says: 'the leader has it: restored' },
      'source-backup': { ...survives, says: 'the leader has it: restored' },
      'destination-to-source': { says: 'deleted', both: {}, trash: { source: link } },
      'destination-backup': { says: 'the backup keeps what it has', source: link, destination: {}, known: [] },
    },
  );
  row(
    'row 13, a directory',
    { base: { 'x.y': 'file' }, source: { 'x.y': undefined, ...folder }, destination: { 'x.y': undefined } },
    {
      'two-way': { says: 'the changed type survives', both: folder },
      'source-to-destination': { says: 'the leader has it: restored', both: folder },
      'source-backup': { says: 'the leader has it: restored', both: folder },
      'destination-to-source': { says: 'deleted', both: {}, trash: { source: { 'x.y/f': 'f' } } },
      'destination-backup': { says: 'the backup keeps what it has', source: folder, destination: {}, known: [] },
    },
  );
  row(
    'row 13, a directory became a file',
    { base: { 'x.y/f': 'f' }, source: { 'x.y': 'file' }, destination: { 'x.y': undefined } },
    {
      'two-way': { says: 'the changed type survives', both: { 'x.y': 'file' }, known: ['x.y'] },
      'source-to-destination': { says: 'the leader has it: restored', both: { 'x.y': 'file' } },
      'source-backup': { says: 'the leader has it: restored', both: { 'x.y': 'file' } },
      'destination-to-source': { says: 'deleted', both: {}, trash: { source: { 'x.y': 'file' } }, known: [] },
      'destination-backup': {
        says: 'the backup keeps what it has',
        source: { 'x.y': 'file' },
        destination: {},
        known: [],
      },
    },
  );
});

describe('row 14: file created | directory created', () => {
  const folder = { 'x.y/f': 'f', 'x.y/d/g': 'g' };
  for (const [kind, created] of Object.entries({ file: { 'x.y': 'file' }, link: { 'x.y': '-> a' } })) {
    row(
      `row 14, ${kind}`,
      { base: {}, source: created, destination: folder },
      {
        'two-way': {
          says: `the directory keeps the path, the ${kind} becomes a conflict copy`,
          both: { ...folder, [copyOfSource('x.y')]: created['x.y'] },
          conflicts: ['x.y file-and-directory keep-both'],
        },
        'source-to-destination': { says: 'the leader wins', both: created, trash: { destination: folder } },
        'source-backup': { says: 'the leader wins', both: created, versions: { destination: folder } },
        'destination-to-source': { says: 'the leader wins', both: folder, trash: { source: created } },
        'destination-backup': { says: 'the leader wins', both: folder, versions: { source: created } },
      },
    );
  }
});
