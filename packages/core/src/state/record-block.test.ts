import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BaseRecord, type BaseSide, baseOrderKey, recordsOf } from '../compare/index.ts';
import { compareUtf8 } from '../paths/index.ts';
import { packed, packedEntry, toMicrosecond } from '../storage/index.ts';
import { RecordBlock, RecordBlockWriter } from './record-block.ts';

const exact = fc.integer({ min: 0, max: 2 ** 43 }).map((units) => units / 4);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const whole = fc.integer({ min: 0, max: 2 ** 40 });
const maybe = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(values, { nil: undefined });

/** What a disk tells, and now and then something else. */
function sideOf(key: string, isDirectory: boolean, size: number): fc.Arbitrary<BaseSide> {
  return fc
    .record({
      ino: whole,
      dev: fc.constantFrom(1, 2049),
      modifiedAt: exact,
      changedAt: exact,
      createdAt: maybe(exact.filter((time) => time > 0)),
      permissions: maybe(fc.constantFrom(0o644, 0o755)),
      racy: maybe(fc.boolean()),
      odd: fc.constantFrom('', '', '', 'version', 'path', 'identity', 'time'),
    })
    .map(({ ino, dev, modifiedAt, changedAt, createdAt, permissions, racy, odd }) => ({
      path: odd === 'path' ? `${key}́` : key,
      version: isDirectory ? undefined : odd === 'version' ? '"etag"' : `${ino}-${size}-${modifiedAt}-${changedAt}`,
      modifiedAt: isDirectory ? undefined : odd === 'time' ? modifiedAt + 1e-5 : toMicrosecond(modifiedAt),
      permissions,
      identity: odd === 'identity' ? undefined : `${dev}:${ino}`,
      createdAt,
      ...(racy === undefined ? {} : { racy }),
    }));
}

const records = fc
  .uniqueArray(fc.stringMatching(/^[a-cé]{1,4}(?:\/[a-c]{1,2})?$/), { minLength: 1, maxLength: 30 })
  .chain((keys) =>
    fc.tuple(
      ...keys.map((key) =>
        fc.tuple(fc.boolean(), whole, maybe(digest)).chain(([isDirectory, bytes, sha256]) => {
          const size = isDirectory ? 0 : bytes;
          return fc.tuple(sideOf(key, isDirectory, size), sideOf(key, isDirectory, size)).map(
            ([source, destination]): BaseRecord => ({
              key,
              kind: isDirectory ? 'directory' : 'file',
              size,
              ...(sha256 === undefined ? {} : { hashes: { sha256 } }),
              source,
              destination,
            }),
          );
        }),
      ),
    ),
  )
  .map((list) => list.sort((left, right) => compareUtf8(baseOrderKey(left), baseOrderKey(right))));

function blockOf(list: readonly BaseRecord[]): RecordBlock {
  const writer = new RecordBlockWriter();
  for (const record of list) writer.add(record);
  return new RecordBlock(writer.take());
}

test('records read as they were written, plain or not', () => {
  fc.assert(
    fc.property(records, (list) => {
      const block = blockOf(list);
      expect(recordsOf(block)).toEqual(list);
      expect(block.count).toBe(list.length);
    }),
  );
});

test('a record is settled exactly by what its disk told: any other number, and a version that is not trusted, is not', () => {
  const numbersOf = (side: number): number[] => [0, 0o644, 7, 1000.25 + side, 2000.5, 500, 12 + side, 2049];
  const record = (racy: boolean): BaseRecord => {
    const sides = [0, 1].map((side) => {
      const run = {
        start: '',
        walk: '',
        count: 1,
        last: '',
        directories: 0,
        unusual: [],
        numbers: Float64Array.from(numbersOf(side)),
      };
      const { kind: _, size: __, ...entry } = { size: 7, ...packedEntry(run, 0, 'a') };
      return { ...entry, racy };
    });
    const [source, destination] = sides;
    if (source === undefined || destination === undefined) throw new Error('There are two sides.');
    return { key: 'a', kind: 'file', size: 7, source, destination };
  };
  const run = (numbers: number[]) => ({
    start: '',
    walk: 'a\0',
    count: 1,
    last: 'a',
    directories: 0,
    unusual: [],
    numbers: Float64Array.from(numbers),
  });
  const isSettled = (block: RecordBlock, source: number[], destination: number[]): boolean =>
    block.isSettled(0, run(source), 0, run(destination), 0);
  expect(isSettled(blockOf([record(false)]), numbersOf(0), numbersOf(1))).toBe(true);
  expect(isSettled(blockOf([record(true)]), numbersOf(0), numbersOf(1))).toBe(false);
  // The time of birth and the device are no part of what settles a path.
  const telling = [packed.kind, packed.permissions, packed.size, packed.modifiedAt, packed.changedAt, packed.number];
  for (const column of telling) {
    const changed = numbersOf(0).map((value, index) => (index === column ? value + 1 : value));
    expect(isSettled(blockOf([record(false)]), changed, numbersOf(1)), `column ${column}`).toBe(false);
    const other = numbersOf(1).map((value, index) => (index === column ? value + 1 : value));
    expect(isSettled(blockOf([record(false)]), numbersOf(0), other), `column ${column}`).toBe(false);
  }
});

test('what two disks tell of a file takes less than a hundred bytes', () => {
  let seed = 7;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const now = 1_795_000_000_000;
  const writer = new RecordBlockWriter();
  const count = 1000;
  for (let index = 0; index < count; index += 1) {
    const key = `documents/reports/quarter-${String(index).padStart(6, '0')}.json`;
    const size = random(8192);
    const modifiedAt = now - random(2 ** 31) + random(1024) / 1024;
    const side = (ino: number, time: number): BaseSide => ({
      path: key,
      version: `${ino}-${size}-${time}-${now + index}`,
      modifiedAt: toMicrosecond(time),
      permissions: 0o644,
      identity: `2049:${ino}`,
      createdAt: now + index - 0.25,
    });
    const sha256 = Array.from({ length: 64 }, () => random(16).toString(16)).join('');
    writer.add({
      key,
      kind: 'file',
      size,
      hashes: { sha256 },
      source: side(5000 + random(count), modifiedAt),
      destination: side(9000 + index, Math.floor(modifiedAt)),
    });
  }
  expect(writer.take().byteLength / count).toBeLessThan(100);
});
