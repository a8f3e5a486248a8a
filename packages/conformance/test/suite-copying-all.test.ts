import {
  type CopyRequest,
  collectBytes,
  contentOf,
  decorate,
  MemoryStorageClient,
  type StorageClient,
} from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { type ConformanceOptions, conformance } from '../src/index.ts';
import { TinyRunner } from './support/tiny-runner.ts';

type CopyAllFrom = NonNullable<StorageClient['copyAllFrom']>;
type CopyOne = (inner: StorageClient, other: StorageClient, copy: CopyRequest) => ReturnType<StorageClient['write']>;

const copyOne: CopyOne = async (inner, other, { from, to, version, modifiedAt, permissions }) => {
  const standing = await other.stat(from);
  if (standing?.kind !== 'file' || standing.version !== version) throw new Error(`${from} is not what it was.`);
  const content = contentOf(await collectBytes(other.read(from)));
  return inner.write(to, content, { expected: 'absent', modifiedAt, permissions });
};

/** One after the other; what fails did not come. */
const honest =
  (inner: StorageClient, one: CopyOne = copyOne): CopyAllFrom =>
  async (other, copies, { signal } = {}) => {
    signal?.throwIfAborted();
    const outcomes = [];
    for (const copy of copies) outcomes.push(await one(inner, other, copy).catch(() => undefined));
    return outcomes;
  };

const replaces: CopyOne = async (inner, other, copy) => {
  const standing = await inner.stat(copy.to);
  if (standing !== undefined) await inner.remove(copy.to);
  return await copyOne(inner, other, copy);
};

const anyVersion: CopyOne = async (inner, other, copy) => {
  const standing = await other.stat(copy.from);
  return copyOne(inner, other, { ...copy, version: standing?.kind === 'file' ? standing.version : copy.version });
};

const bringsAll = 'brings each file as it is, or nothing of it';
const replacesNothing = 'replaces nothing, and leaves out what is gone or has changed';

/** Ways that do not keep the contract, and the test that must notice. */
const lies: Readonly<Record<string, readonly [(inner: StorageClient) => CopyAllFrom, string]>> = {
  'replaces what stands there': [(inner) => honest(inner, replaces), replacesNothing],
  'brings over whatever stands there': [(inner) => honest(inner, anyVersion), replacesNothing],
  'loses the time': [
    (inner) => honest(inner, (...[to, from, copy]) => copyOne(to, from, { ...copy, modifiedAt: undefined })),
    bringsAll,
  ],
  'mixes contents up': [
    (inner) => honest(inner, (to, from, copy) => copyOne(to, from, { ...copy, to: `${copy.to}0` })),
    bringsAll,
  ],
  'moves instead': [
    (inner) =>
      honest(inner, async (to, from, copy) => {
        const entry = await copyOne(to, from, copy);
        await from.remove(copy.from);
        return entry;
      }),
    bringsAll,
  ],
  'says nothing of what it brought': [
    (inner) => async (other, copies, options) => {
      const outcomes = await honest(inner)(other, copies, options);
      return outcomes.map((outcome, index) => (index === 30 ? undefined : outcome));
    },
    bringsAll,
  ],
  'tells fewer outcomes': [
    (inner) => async (other, copies, options) => (await honest(inner)(other, copies, options)).slice(1),
    bringsAll,
  ],
  'gives up with the first that fails': [
    (inner) => async (other, copies) => await Promise.all(copies.map((copy) => copyOne(inner, other, copy))),
    replacesNothing,
  ],
  'goes on after an abort': [
    (inner) => (other, copies) => honest(inner)(other, copies),
    'an aborted call throws the reason, and brings nothing',
  ],
};

function optionsFor(
  runner: ConformanceOptions['runner'],
  copyAllFrom: (inner: StorageClient) => CopyAllFrom,
): ConformanceOptions {
  const factory: ConformanceOptions['factory'] = async () => {
    const inner = new MemoryStorageClient();
    return { client: { ...decorate(inner, {}), copyAllFrom: copyAllFrom(inner) } };
  };
  return { runner, name: 'memory that brings many', factory, chunkSize: 16, partSize: 65_536, manyEntries: 20 };
}

await conformance(optionsFor({ describe, test }, honest));

describe('the suite notices a client that, of many files,', () => {
  test.each(Object.keys(lies))('%s', async (name) => {
    const [copyAllFrom, caughtBy] = lies[name] ?? [];
    if (copyAllFrom === undefined) throw new TypeError(`There is no lie ${name}.`);
    const runner = new TinyRunner();
    await conformance(optionsFor(runner, copyAllFrom));
    expect([...(await runner.failures()).keys()]).toContain(`copyAllFrom › ${caughtBy}`);
  });
});
