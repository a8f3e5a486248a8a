import assert from 'node:assert/strict';
import { type CopyRequest, contentOf, type FileEntry, type StorageClient } from '@syncengine/core';
import { fileAt, present, put, textAt } from '../looking.ts';
import { digestOf } from '../material.ts';
import type { Scene } from '../scene.ts';
import type { DefineTest, Suite } from '../suite.ts';

/** So many that whoever does them together has a reason to. */
const many = 60;

const modifiedAt = 1_000_000_000_000;

const folderOf = (index: number): string => (index % 5 === 0 ? '' : `dir-${index % 5}/`);
const textOf = (index: number): string => `content ${index} `.repeat(index * 3);

/** `copyAllFrom`: each file comes as it was asked for, or nothing of it does. */
export function copyAllTests({ group, sample, open }: Suite): void {
  if (sample.copyAllFrom === undefined) return;
  const { settable } = sample.capabilities.modifiedAt;

  group('copyAllFrom', (test) => {
    const between = (name: string, body: (to: Scene, from: StorageClient) => Promise<void>): void => {
      test(name, async (to) => {
        const from = await open();
        try {
          await body(to, from.client);
        } finally {
          await from.end();
        }
      });
    };

    between('brings each file as it is, or nothing of it', async (to, from) => {
      const copies = await madeIn(from);
      for (let folder = 1; folder < 5; folder += 1) await to.client.makeDirectory(`dir-${folder}`);
      const outcomes = await present(to.client, 'copyAllFrom')(from, copies);
      await requireOutcomes(to.client, copies, outcomes);
      for (const [index, { modifiedAt: wanted }] of copies.entries()) {
        assert.equal(await textAt(from, copies[index]?.from ?? ''), textOf(index));
        const entry = outcomes[index];
        if (entry !== undefined && settable !== 'never') assert.equal(entry.modifiedAt, wanted);
      }
      await to.holds(...everyFolder, ...filesOf(copies, outcomes));
    });

    between('replaces nothing, and leaves out what is gone or has changed', async (to, from) => {
      const copies = await madeIn(from);
      const standing = new Set([1, 7, 13]);
      for (const index of standing) await put(to.client, copies[index]?.to ?? '', 'standing');
      const gone = new Set([2, 8, 20]);
      for (const index of gone) await from.remove(copies[index]?.from ?? '');
      const changed = new Set([3, 9, 40]);
      for (const index of changed) await put(from, copies[index]?.from ?? '', 'newer');
      const outcomes = await present(to.client, 'copyAllFrom')(from, copies);
      for (const index of [...standing, ...gone, ...changed]) {
        assert.equal(outcomes[index], undefined, `what was asked for as number ${index} cannot have come`);
      }
      await requireOutcomes(to.client, copies, outcomes, standing);
      for (const index of standing) assert.equal(await textAt(to.client, copies[index]?.to ?? ''), 'standing');
    });

    cancelled(test, open);
  });
}

function cancelled(test: DefineTest, open: Suite['open']): void {
  test('an aborted call throws the reason, and brings nothing', async (to) => {
    const from = await open();
    try {
      const copies = await madeIn(from.client);
      const reason = new Error('enough');
      const call = present(to.client, 'copyAllFrom')(from.client, copies, { signal: AbortSignal.abort(reason) });
      await assert.rejects(call, reason);
      await to.holds();
    } finally {
      await from.end();
    }
  });
}

const everyFolder: readonly string[] = [1, 2, 3, 4].map((folder) => `directory dir-${folder}`);

/** Files of many sizes, an empty one among them, and what is to be asked for to have them elsewhere. */
async function madeIn(from: StorageClient): Promise<readonly CopyRequest[]> {
  const copies: CopyRequest[] = [];
  for (let index = 0; index < many; index += 1) {
    const path = `${folderOf(index)}file-${index}`;
    const { version, size } = await from.write(path, contentOf(textOf(index)), { permissions: 0o640 });
    copies.push({ from: path, to: path, version, size, modifiedAt: modifiedAt + index * 1000, permissions: 0o640 });
  }
  return copies;
}

function filesOf(copies: readonly CopyRequest[], outcomes: ReadonlyArray<FileEntry | undefined>): readonly string[] {
  return copies.filter((_, index) => outcomes[index] !== undefined).map(({ to }) => `file ${to}`);
}

/** What is told to have come is there, whole; of the rest nothing is. */
async function requireOutcomes(
  client: StorageClient,
  copies: readonly CopyRequest[],
  outcomes: ReadonlyArray<FileEntry | undefined>,
  standing: ReadonlySet<number> = new Set(),
): Promise<void> {
  assert.equal(outcomes.length, copies.length, 'one outcome for each file');
  for (const [index, { to }] of copies.entries()) {
    const told = outcomes[index];
    if (told === undefined) {
      if (!standing.has(index)) assert.equal(await client.stat(to), undefined, `something is left of ${to}`);
      continue;
    }
    // Who read it on the way may tell digests that a look does not.
    const { hashes: found, ...seen } = await fileAt(client, to);
    const { hashes, ...rest } = told;
    assert.deepEqual(rest, seen);
    assert.equal(await textAt(client, to), textOf(index));
    for (const algorithm of ['sha256', 'sha1', 'md5', 'crc32'] as const) {
      const digest = hashes?.[algorithm] ?? found?.[algorithm];
      if (digest !== undefined) assert.equal(digest, digestOf(algorithm, textOf(index)));
    }
  }
}
