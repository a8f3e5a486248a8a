import { describe, expect, test } from 'vitest';
import type { BaseChange } from '../compare/index.ts';
import { isSyncEngineError, type SyncEngineError } from '../errors.ts';
import { sealLine } from './checked-lines.ts';
import { MemoryStateStore, pairKey, SyncStateManager } from './index.ts';

const pair = { source: 'local:/a', destination: 's3:bucket/b' };
const snapshot = `${pairKey(pair)}/snapshot`;
const journal = (generation: number): string => `${pairKey(pair)}/journal-${generation}`;

/** Each commit changes the same path, so that the base tells how many commits it has seen. */
function commitOf(number: number): BaseChange[] {
  const side = { path: 'counter', version: `${number}` };
  return [
    { kind: 'record', record: { key: 'counter', kind: 'file', size: number, source: side, destination: side } },
    {
      kind: 'record',
      record: {
        key: `p${number}`,
        kind: 'directory',
        size: 0,
        source: { path: `P${number}` },
        destination: { path: `p${number}` },
      },
    },
  ];
}

/** A state with so many commits in its snapshot and so many more in its journal. */
async function makeState(inSnapshot: number, inJournal: number, endsRun: boolean): Promise<MemoryStateStore> {
  const store = new MemoryStateStore();
  const compacting = await new SyncStateManager({ store, compactAfter: 0 }).open(pair, { access: 'write' });
  for (let number = 1; number <= inSnapshot; number += 1) await compacting.commit(commitOf(number));
  if (inSnapshot > 0) await compacting.finish({ folding: 'exact' });
  await compacting[Symbol.asyncDispose]();
  const state = await new SyncStateManager({ store }).open(pair, { access: 'write' });
  for (let number = 1; number <= inJournal; number += 1) await state.commit(commitOf(inSnapshot + number));
  if (endsRun) await state.finish({ folding: 'exact' });
  await state[Symbol.asyncDispose]();
  return store;
}

/** How many commits the base has seen; fails when it is not exactly the base after so many. */
async function commitsSeen(store: MemoryStateStore, access: 'read' | 'write'): Promise<number> {
  const state = await new SyncStateManager({ store }).open(pair, { access });
  try {
    const found = new Map<string, number>();
    for await (const page of state.records({ folding: 'exact' })) for (const one of page) found.set(one.key, one.size);
    const seen = found.get('counter') ?? 0;
    const expected = new Map<string, number>(seen === 0 ? [] : [['counter', seen]]);
    for (let number = 1; number <= seen; number += 1) expected.set(`p${number}`, 0);
    expect(found).toEqual(expected);
    expect(state.exists).toBe(seen > 0);
    return seen;
  } finally {
    await state[Symbol.asyncDispose]();
  }
}

async function outcome(store: MemoryStateStore, access: 'read' | 'write'): Promise<number | SyncEngineError> {
  try {
    return await commitsSeen(store, access);
  } catch (error) {
    if (isSyncEngineError(error)) return error;
    throw error;
  }
}

async function bytesOf(store: MemoryStateStore, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.read(name)) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function put(store: MemoryStateStore, name: string, ...chunks: readonly Uint8Array[]): Promise<void> {
  await store.replace(
    name,
    (async function* () {
      yield* chunks;
    })(),
  );
}

async function withFile(
  store: MemoryStateStore,
  name: string,
  ...chunks: readonly Uint8Array[]
): Promise<MemoryStateStore> {
  const copy = store.clone();
  await put(copy, name, ...chunks);
  return copy;
}

describe('a journal that a kill tore', () => {
  test.each([
    [0, 1],
    [0, 3],
    [2, 2],
  ])(
    '(%i commits in the snapshot, %i behind it) is cut after its last whole line, wherever it is torn',
    async (inSnapshot, inJournal) => {
      const whole = await makeState(inSnapshot, inJournal, false);
      const bytes = await bytesOf(whole, journal(inSnapshot));
      const lastLine = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
      for (let length = lastLine; length <= bytes.length; length += 1) {
        const torn = await withFile(whole, journal(inSnapshot), bytes.subarray(0, length));
        const expected = inSnapshot + inJournal - (length < bytes.length ? 1 : 0);
        expect(await commitsSeen(torn, 'read')).toBe(expected);
        // A reader has no right to cut.
        expect(await bytesOf(torn, journal(inSnapshot))).toHaveLength(length);
        const state = await new SyncStateManager({ store: torn }).open(pair, { access: 'write' });
        await state.commit(commitOf(expected + 1));
        await state[Symbol.asyncDispose]();
        expect(await commitsSeen(torn, 'write')).toBe(expected + 1);
      }
    },
  );

  test('in its first line holds nothing', async () => {
    const whole = await makeState(0, 1, false);
    const bytes = await bytesOf(whole, journal(0));
    for (let length = 0; length < bytes.indexOf('\n'); length += 1) {
      const torn = await withFile(whole, journal(0), bytes.subarray(0, length));
      expect(await commitsSeen(torn, 'read')).toBe(0);
      const state = await new SyncStateManager({ store: torn }).open(pair, { access: 'write' });
      await state.commit(commitOf(1));
      await state[Symbol.asyncDispose]();
      expect(await commitsSeen(torn, 'write')).toBe(1);
    }
  });

  test('is cut too where the disk kept the end of a line but not its middle', async () => {
    const whole = await makeState(0, 2, false);
    const bytes = await bytesOf(whole, journal(0));
    const lastLine = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
    bytes.fill(0, lastLine + 5, bytes.length - 20);
    expect(await commitsSeen(await withFile(whole, journal(0), bytes), 'write')).toBe(1);
  });
});

describe('a flipped bit', () => {
  test.each([[false], [true]])('in the snapshot is always noticed (more in the journal: %s)', async (hasJournal) => {
    const whole = await makeState(2, hasJournal ? 1 : 0, false);
    const bytes = await bytesOf(whole, snapshot);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const found = await outcome(await withFile(whole, snapshot, flipped), bit % 2 === 0 ? 'read' : 'write');
      expect(found, `bit ${bit}`).toMatchObject({ code: 'state-corrupt' });
    }
  });

  test.each([[false], [true]])(
    'in the journal is noticed, or costs no more than its last line (end of the run: %s)',
    async (endsRun) => {
      const whole = await makeState(1, 3, endsRun);
      const bytes = await bytesOf(whole, journal(1));
      const lines = bytes.toString('latin1').split('\n').length - 1;
      const lastLine = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const found = await outcome(await withFile(whole, journal(1), flipped), bit % 2 === 0 ? 'read' : 'write');
        if (bit >> 3 < lastLine - 1) {
          expect(found, `bit ${bit} of ${lines} lines`).toMatchObject({ code: 'state-corrupt' });
        } else if (typeof found === 'number') {
          // Without the break between them, the last two lines are one.
          const lost = (endsRun ? 0 : 1) + (bit >> 3 === lastLine - 1 ? 1 : 0);
          expect(found, `bit ${bit} of ${lines} lines`).toBe(4 - lost);
        } else {
          expect(found).toMatchObject({ code: 'state-corrupt' });
        }
      }
    },
  );
});

describe('damage', () => {
  const expectCorrupt = async (store: MemoryStateStore, file: string): Promise<void> => {
    for (const access of ['read', 'write'] as const) {
      const error = await outcome(store, access);
      expect(error).toMatchObject({ code: 'state-corrupt', details: { file } });
      if (typeof error === 'number') return;
      expect(error.message).toContain(file);
      expect(error.message).toContain('syncengine state reset "local:/a" "s3:bucket/b"');
    }
    await new SyncStateManager({ store }).reset(pair);
    expect(await commitsSeen(store, 'write')).toBe(0);
  };

  test('is a snapshot that ends early, anywhere', async () => {
    const whole = await makeState(2, 0, false);
    const bytes = await bytesOf(whole, snapshot);
    for (let length = 0; length < bytes.length; length += 1) {
      await expectCorrupt(await withFile(whole, snapshot, bytes.subarray(0, length)), snapshot);
    }
  });

  test('is a snapshot that goes on after its end, or lacks or repeats a block', async () => {
    const whole = await makeState(2, 0, false);
    const bytes = await bytesOf(whole, snapshot);
    const header = bytes.subarray(0, bytes.indexOf('\n') + 1);
    const footer = bytes.subarray(bytes.lastIndexOf('\n', bytes.length - 2) + 1);
    const block = bytes.subarray(header.length, bytes.length - footer.length);
    await expectCorrupt(await withFile(whole, snapshot, bytes, block), snapshot);
    await expectCorrupt(await withFile(whole, snapshot, header, footer), snapshot);
    await expectCorrupt(await withFile(whole, snapshot, bytes, footer), snapshot);
    await expectCorrupt(await withFile(whole, snapshot, header, block, block, footer), snapshot);
    const countsBoth = sealLine(JSON.stringify({ records: 6 }));
    await expectCorrupt(await withFile(whole, snapshot, header, block, block, countsBoth), snapshot);
  });

  test('is a journal whose snapshot is gone or older: never a silent first run', async () => {
    const store = await makeState(2, 1, false);
    const older = await makeState(1, 0, false);
    await expectCorrupt(await withFile(store, snapshot, await bytesOf(older, snapshot)), snapshot);
    await store.remove(snapshot);
    await expectCorrupt(store, snapshot);
  });

  test('is a commit that is missing from the middle of the journal', async () => {
    const store = await makeState(0, 3, false);
    const lines = (await bytesOf(store, journal(0))).toString().split('\n');
    lines.splice(2, 1);
    await expectCorrupt(await withFile(store, journal(0), Buffer.from(lines.join('\n'))), journal(0));
    // The same where only the end of the run tells.
    const ended = await bytesOf(await makeState(0, 3, false), journal(0));
    await expectCorrupt(await withFile(store, journal(0), ended, sealLine('[4]')), journal(0));
  });

  test('is a record with a path that leads out of the root, whatever its checksum says', async () => {
    const store = await makeState(0, 1, false);
    for (const record of [
      [0, 0, '../x', 0, 0],
      [0, 0, 'x', 128, '../x', 0],
      [0, 0, '', 0, 0],
      [0, 9, 'x', 0, 0],
      [3, 0, 'x', 0, 0],
    ]) {
      const bytes = await bytesOf(store, journal(0));
      const forged = sealLine(JSON.stringify([2, 0, [record]]));
      await expectCorrupt(await withFile(store, journal(0), bytes, forged), journal(0));
    }
  });

  test("is another pair's state in this pair's place", async () => {
    const other = { source: pair.destination, destination: pair.source };
    const store = new MemoryStateStore();
    const state = await new SyncStateManager({ store }).open(other, { access: 'write' });
    await state.finish({ folding: 'exact' });
    await state.commit(commitOf(1));
    await state[Symbol.asyncDispose]();
    const strange = await bytesOf(store, `${pairKey(other)}/snapshot`);
    await expectCorrupt(await withFile(new MemoryStateStore(), snapshot, strange), snapshot);
    const strangeJournal = await bytesOf(store, `${pairKey(other)}/journal-1`);
    await expectCorrupt(await withFile(await makeState(1, 0, false), journal(1), strangeJournal), journal(1));
  });
});

test('a newer format is refused and left alone', async () => {
  const store = await makeState(1, 1, false);
  for (const file of [snapshot, journal(1)]) {
    const lines = (await bytesOf(store, file)).toString().split('\n');
    const header: unknown = JSON.parse((lines[0] ?? '').slice(17));
    const newer = sealLine(JSON.stringify({ ...Object(header), version: 3, folding: 'unheard-of' }));
    const copy = await withFile(store, file, newer, Buffer.from(lines.slice(1).join('\n')));
    const before = await bytesOf(copy, file);
    expect(await outcome(copy, 'write')).toMatchObject({ code: 'state-unsupported', details: { file, version: 3 } });
    expect(await bytesOf(copy, file)).toEqual(before);
  }
});
