import {
  collectBytes,
  contentOf,
  decorate,
  MemoryStorageClient,
  type StorageClient,
  storageFailure,
} from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { type ConformanceOptions, conformance } from '../src/index.ts';
import { TinyRunner } from './support/tiny-runner.ts';

type CopyFrom = NonNullable<StorageClient['copyFrom']>;

const copying = new WeakSet<StorageClient>();

/** A memory client with a shortcut to others of its kind. */
function withShortcut(copyFrom: (inner: StorageClient) => CopyFrom): StorageClient {
  const inner = new MemoryStorageClient();
  const client: StorageClient = { ...decorate(inner, {}), copyFrom: copyFrom(inner) };
  copying.add(client);
  return client;
}

const honest =
  (inner: StorageClient): CopyFrom =>
  async (other, from, to, { version, ...options }) => {
    if (!copying.has(other)) return undefined;
    const standing = await other.stat(from);
    if (standing?.kind !== 'file' || standing.version !== version) throw storageFailure('source-changed', from);
    return inner.write(to, contentOf(await collectBytes(other.read(from))), options);
  };

/** Shortcuts that do not keep the contract, and the test that must notice. */
const lies: Readonly<Record<string, readonly [(inner: StorageClient) => CopyFrom, string]>> = {
  'brings over whatever stands there': [
    (inner) => async (other, from, to, options) => {
      const standing = await other.stat(from);
      const version = standing?.kind === 'file' ? standing.version : options.version;
      return honest(inner)(other, from, to, { ...options, version });
    },
    'keeps both preconditions',
  ],
  'replaces what it should not': [
    (inner) => (other, from, to, options) => honest(inner)(other, from, to, { ...options, expected: undefined }),
    'keeps both preconditions',
  ],
  'loses the time': [
    (inner) => (other, from, to, options) => honest(inner)(other, from, to, { ...options, modifiedAt: undefined }),
    'brings a file over, or says that there is no shortcut and does nothing',
  ],
  'moves instead': [
    (inner) => async (other, from, to, options) => {
      const entry = await honest(inner)(other, from, to, options);
      await other.remove(from);
      return entry;
    },
    'brings a file over, or says that there is no shortcut and does nothing',
  ],
  'leaves something where it knows no shortcut': [
    (inner) => async (other, from, to, options) => {
      if (!copying.has(other)) await inner.makeDirectory('half');
      return honest(inner)(other, from, to, options);
    },
    'knows no shortcut from a client of another kind',
  ],
};

function optionsFor(
  runner: ConformanceOptions['runner'],
  copyFrom: (inner: StorageClient) => CopyFrom,
): ConformanceOptions {
  const factory: ConformanceOptions['factory'] = async () => ({ client: withShortcut(copyFrom) });
  return { runner, name: 'memory with a shortcut', factory, chunkSize: 16, partSize: 65_536, manyEntries: 20 };
}

await conformance(optionsFor({ describe, test }, honest));

describe('the suite notices a shortcut that', () => {
  test.each(Object.keys(lies))('%s', async (name) => {
    const [copyFrom, caughtBy] = lies[name] ?? [];
    if (copyFrom === undefined) throw new TypeError(`There is no lie ${name}.`);
    const runner = new TinyRunner();
    await conformance(optionsFor(runner, copyFrom));
    expect([...(await runner.failures()).keys()]).toContain(`copyFrom › ${caughtBy}`);
  });
});
