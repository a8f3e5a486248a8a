import { expect, test } from 'vitest';
import type { BaseRecord } from '../compare/index.ts';
import { sealLine } from './checked-lines.ts';
import { MemoryStateStore, pairKey, SyncStateManager } from './index.ts';
import { encodeRecord } from './record-codec.ts';

const pair = { source: 'file:///a', destination: 'file:///b' };

function recordOf(key: string, number: number): BaseRecord {
  const side = {
    path: key,
    version: `${number}-7-1000-2000`,
    modifiedAt: 1000,
    permissions: 0o644,
    identity: `1:${number}`,
    createdAt: 500,
  };
  return { key, kind: 'file', size: 7, hashes: { sha256: 'ab'.repeat(32) }, source: side, destination: side };
}

test('a snapshot of the first format is read, and written anew in the present one', async () => {
  const store = new MemoryStateStore();
  const records = ['a', 'b/c'].map((key, index) => recordOf(key, index + 1));
  const header = {
    format: 'syncengine-base',
    version: 1,
    ...pair,
    folding: 'exact',
    generation: 3,
    writtenAt: 5,
    reset: false,
  };
  let previous: BaseRecord | undefined;
  const encoded = records.map((record) => {
    const fields = encodeRecord(record, previous);
    previous = record;
    return fields;
  });
  const lines = [header, encoded, { records: 2 }].map((value) => sealLine(JSON.stringify(value)));
  await store.replace(
    `${pairKey(pair)}/snapshot`,
    (async function* () {
      yield* lines;
    })(),
  );
  const all = async (): Promise<BaseRecord[]> => {
    const found: BaseRecord[] = [];
    for await (const record of new SyncStateManager({ store }).dump(pair)) found.push(record);
    return found;
  };
  expect(await all()).toEqual(records);
  const state = await new SyncStateManager({ store, compactAfter: 0 }).open(pair, { access: 'write' });
  const added = recordOf('d', 3);
  await state.commit([{ kind: 'record', record: added }]);
  await state.finish({ folding: 'exact' });
  await state[Symbol.asyncDispose]();
  expect(await all()).toEqual([...records, added]);
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.read(`${pairKey(pair)}/snapshot`)) ?? []) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString('latin1')).toContain('"version":2');
});
