// Joins two synthetic trees with a base of the same size, inside whatever heap it is given, and tells what it saw.
// usage: node --max-old-space-size=MB join-child.mjs JOIN_MODULE IGNORE_MODULE ENTRIES
import process from 'node:process';

const [joinModule, ignoreModule, entries] = process.argv.slice(2);
const { join } = await import(joinModule);
const { IgnoreFileManager } = await import(ignoreModule);
const ignore = new IgnoreFileManager();
const name = (index) => `folder/file-${String(index).padStart(9, '0')}`;

async function* pages(itemAt) {
  for (let start = 0; start < Number(entries); start += 1024) {
    yield Array.from({ length: Math.min(1024, Number(entries) - start) }, (_, offset) => itemAt(start + offset));
  }
}

const entryAt = (index) => ({ kind: 'file', path: name(index), size: 1, version: `v${index}`, modifiedAt: index });
const itemAt = (index) => ({
  orderKey: name(index),
  key: name(index),
  path: name(index),
  observation: { state: 'present', entry: entryAt(index) },
});
const sideAt = (index) => ({ path: name(index), version: `v${index}`, modifiedAt: index });
const recordAt = (index) => ({
  key: name(index),
  kind: 'file',
  size: 1,
  source: sideAt(index),
  destination: sideAt(index),
});

const counts = { unchanged: 0, excluded: 0, baseFiles: 0, source: 0, destination: 0 };
let rows = 0;
const joined = join(
  {
    base: pages(recordAt),
    source: { items: pages(itemAt), rootIgnore: ignore.root() },
    destination: { items: pages(itemAt), rootIgnore: ignore.root() },
    folding: 'exact',
    ignore,
    isSettled: (record, source, destination) =>
      record.source.version === source.version && record.destination.version === destination.version,
    isHeld: () => false,
  },
  counts,
);
for await (const page of joined) rows += page.length;
process.stdout.write(JSON.stringify({ rows, unchanged: counts.unchanged }));
