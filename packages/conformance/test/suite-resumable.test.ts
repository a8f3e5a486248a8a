import { MemoryStorageClient, type StorageClient } from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { conformance } from '../src/index.ts';
import { resumable, Unfinished } from './support/resumable.ts';
import { TinyRunner } from './support/tiny-runner.ts';

type Runner = Parameters<typeof conformance>[0]['runner'];
type Change = (client: StorageClient, unfinished: Unfinished) => StorageClient;

interface Kind {
  readonly rereading?: boolean;
  readonly counting?: boolean;
}

async function define(runner: Runner, change: Change, { rereading, counting }: Kind = {}): Promise<void> {
  await conformance({
    runner,
    name: 'memory that can go on with unfinished writes',
    factory: async () => {
      const inner = new MemoryStorageClient();
      const unfinished = new Unfinished();
      const open = (): StorageClient => change(resumable(inner, unfinished, rereading), unfinished);
      const receivedBytes = counting === true ? { receivedBytes: () => unfinished.receivedBytes } : {};
      return { client: open(), reopen: async () => open(), leftovers: async () => unfinished.names, ...receivedBytes };
    },
    chunkSize: 16,
    partSize: 65_536,
    manyEntries: 20,
  });
}

await define({ describe, test }, (client) => client);

test('a client that reads all of the content again has to show that it sends less', async () => {
  const counted = new TinyRunner();
  await define(counted, (client) => client, { rereading: true, counting: true });
  expect([...(await counted.failures())]).toEqual([]);
  const uncounted = new TinyRunner();
  await define(uncounted, (client) => client, { rereading: true });
  const failures = await uncounted.failures();
  expect([...failures.keys()]).toEqual([
    'an unfinished write › goes on where it was cut off',
    'an unfinished write › goes on after a clean-up that was told to keep it',
  ]);
  expect(String([...failures.values()][0])).toContain('`receivedBytes`');
});

/** Clients that do not keep what is said of unfinished writes, and the test that must notice. */
const lies: Readonly<Record<string, readonly [Change, string]>> = {
  'starts over each time': [
    (client) => ({
      ...client,
      write: (path, content, options) => {
        const resume = options?.resume && { remember: options.resume.remember.bind(options.resume) };
        return client.write(path, content, { ...options, resume });
      },
    }),
    'goes on where it was cut off',
  ],
  'remembers nothing': [
    (client) => ({
      ...client,
      write: (path, content, options) => client.write(path, content, { ...options, resume: undefined }),
    }),
    'goes on where it was cut off',
  ],
  'keeps what is abandoned': [
    (client) => ({ ...client, abandon: async () => undefined }),
    'leaves nothing when it is abandoned, however often',
  ],
  'goes on with what somebody else began': [
    (client, unfinished) => ({
      ...client,
      write: (path, content, options) => {
        if (options?.resume?.token === 'no such token') {
          unfinished.chunksOf(unfinished.begin(path), path)?.push(new Uint8Array(9));
          const token = unfinished.names.at(-1)?.split(' ')[0];
          return client.write(path, content, {
            ...options,
            resume: { ...options.resume, token, remember: async () => undefined },
          });
        }
        return client.write(path, content, options);
      },
    }),
    'starts over when its token is none',
  ],
  'gives up when its token is none': [
    (client) => ({
      ...client,
      write: async (path, content, options) => {
        if (options?.resume?.token === '') throw new TypeError('The token is empty.');
        return client.write(path, content, options);
      },
    }),
    'starts over when its token is none',
  ],
  'forgets what it began when that cannot be remembered': [
    (client) => ({
      ...client,
      write: (path, content, options) => {
        const { resume } = options ?? {};
        const remember = async (token: string): Promise<void> => resume?.remember(token).catch(() => undefined);
        return client.write(path, content, { ...options, resume: resume && { token: resume.token, remember } });
      },
    }),
    'fails, and leaves nothing, when its token cannot be remembered',
  ],
  'minds no precondition when it goes on': [
    (client) => ({
      ...client,
      write: (path, content, options) => {
        const isResumed = options?.resume?.token !== undefined;
        return client.write(path, content, isResumed ? { ...options, expected: undefined } : options);
      },
    }),
    'keeps its precondition when it goes on',
  ],
};

describe('the suite notices a client that', () => {
  test.each(Object.keys(lies))('%s', async (name) => {
    const [change, caughtBy] = lies[name] ?? [];
    if (change === undefined) throw new TypeError(`There is no lie ${name}.`);
    const runner = new TinyRunner();
    await define(runner, change);
    expect([...(await runner.failures()).keys()]).toContain(`an unfinished write › ${caughtBy}`);
  });
});
