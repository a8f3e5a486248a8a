// Single parts of the engine, in this process: the memory of a pair, the join, and the ignore rules. In seconds of the processor.
import process from 'node:process';
import { IgnoreFileManager, MemoryStateStore, SyncStateManager } from '../packages/core/dist/index.js';
import { join } from '../packages/core/dist/join/index.js';
import { numbersFrom } from './workloads.js';

const pair = { source: 'file:///a', destination: 'file:///b' };

/** Lines that tell what each part takes. */
export async function measureParts(count) {
  return [
    ...(await measureState(count)),
    await measureJoin(Math.floor(count / 5)),
    await measureIgnore(Math.floor(count / 5)),
  ].join('\n');
}

async function measureState(count) {
  const random = numbersFrom(3);
  const store = new MemoryStateStore();
  const manager = new SyncStateManager({ store, compactAfter: 0 });
  const writing = await manager.open(pair, { access: 'write' });
  const written = await timed(async () => {
    const changes = [];
    for (let index = 0; index < count; index += 1) {
      const key = `part-${index % 10}/folder-${Math.floor(index / 20) % 5000}/file-${index}.txt`;
      changes.push({ kind: 'record', record: recordOf(key, index, random) });
    }
    await writing.commit(changes);
    await writing.finish({ folding: 'exact' });
  });
  await writing[Symbol.asyncDispose]();
  const bytes = (await store.read(`${writing.key}/snapshot`)).byteLength;
  const reading = await manager.open(pair, { access: 'read' });
  let read = 0;
  const seconds = await timed(async () => {
    for await (const page of reading.pages({ folding: 'exact' })) read += page.count ?? page.length;
  });
  await reading[Symbol.asyncDispose]();
  return [
    `memory of a pair: ${(bytes / count).toFixed(1)} bytes a file, ${count} files`,
    `  read:    ${(read / seconds / 1e6).toFixed(2)} million files a second`,
    `  written: ${(count / written / 1e6).toFixed(2)} million files a second, journal and snapshot`,
  ];
}

function recordOf(key, index, random) {
  const size = random(8192);
  const modifiedAt = 1_704_067_200_000 + random(2 ** 31) + random(4) / 4;
  const changedAt = 1_795_000_000_000 + index / 4;
  const side = (number, time) => ({
    path: key,
    version: `${number}-${size}-${time}-${changedAt}`,
    modifiedAt: time,
    permissions: 0o644,
    identity: `2049:${number}`,
    createdAt: changedAt - 0.25,
  });
  const sha256 = Array.from({ length: 8 }, () =>
    random(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const sides = {
    source: side(10_000 + random(1000) + index, modifiedAt),
    destination: side(9_000_000 + index, modifiedAt),
  };
  return { key, kind: 'file', size, hashes: { sha256 }, ...sides };
}

/** A tree that is on both sides as the memory has it, told entry by entry. */
async function measureJoin(count) {
  const ignore = new IgnoreFileManager({ patterns: [] });
  const random = numbersFrom(3);
  const keys = Array.from({ length: count }, (_, index) => `part-${index % 10}/file-${index}.txt`).sort();
  const records = keys.map((key, index) => recordOf(key, index, random));
  const items = keys.map((key, index) => {
    const entry = { kind: 'file', path: key, version: String(index), size: records[index].size };
    return { orderKey: key, key, path: key, observation: { state: 'present', entry } };
  });
  let changed = 0;
  const seconds = await timed(async () => {
    const side = () => ({ items: pagesOf(items), rootIgnore: ignore.root() });
    const counts = { unchanged: 0 };
    const input = { base: pagesOf(records), source: side(), destination: side(), folding: 'exact', ignore };
    const rules = { isSettled: () => true, isHeld: () => false, trustsSettled: true };
    for await (const page of join({ ...input, ...rules }, counts)) changed += page.length;
  });
  if (changed > 0) throw new Error(`${changed} paths were taken for changed ones.`);
  return `join: ${(count / seconds / 1e6).toFixed(2)} million files a second, all unchanged, entry by entry`;
}

async function* pagesOf(all) {
  for (let start = 0; start < all.length; start += 1024) yield all.slice(start, start + 1024);
}

async function measureIgnore(count) {
  const manager = new IgnoreFileManager({
    patterns: ['*.tmp', 'build/', '!keep.tmp', '**/cache/**/x?', '/docs/*.bak'],
  });
  const chain = manager.root();
  const seconds = await timed(() => {
    for (let index = 0; index < count; index += 1) {
      manager.excludes(chain, `part/folder-${index % 977}/file-${index}.txt`, false);
    }
  });
  return `ignore rules: ${(count / seconds / 1e6).toFixed(2)} million paths a second against five patterns`;
}

/** Seconds of the processor: others may use the machine. */
async function timed(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
