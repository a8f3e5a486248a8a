import { execFile } from 'node:child_process';
import type * as nodeTest from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decorate, type Entry, MemoryStorageClient, type StorageClient } from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { type ConformanceOptions, conformance, type TestRunner } from '../src/index.ts';
import { TinyRunner } from './support/tiny-runner.ts';

const run = promisify(execFile);

/** What `node --test` says of the file, which runs the built suite. */
async function underNode(env: Readonly<Record<string, string>> = {}): Promise<{ code: number; output: string }> {
  const file = fileURLToPath(new URL('support/suite.node.mjs', import.meta.url));
  // A runner inside another one reports to that, unless it does not know of it.
  const { NODE_TEST_CONTEXT: _outer, NODE_OPTIONS: _options, ...own } = process.env;
  const options = { env: { ...own, ...env }, maxBuffer: 64 * 1024 * 1024 };
  try {
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', file], options);
    return { code: 0, output: stdout };
  } catch (error) {
    if (!(error instanceof Error) || !('stdout' in error) || !('code' in error)) throw error;
    return { code: Number(error.code), output: String(error.stdout) };
  }
}

function optionsWith(changes: Partial<ConformanceOptions>): ConformanceOptions {
  const factory = async () => ({ client: new MemoryStorageClient() });
  return {
    runner: new TinyRunner(),
    name: 'memory',
    factory,
    chunkSize: 16,
    partSize: 64,
    manyEntries: 20,
    ...changes,
  };
}

describe('under node:test', () => {
  test('the suite passes for an honest client', async () => {
    const { code, output } = await underNode();
    expect(output).toMatch(/^# pass \d{3}$/m);
    expect(output).toMatch(/^# fail 0$/m);
    expect(output).toMatch(/^# skipped 0$/m);
    expect(code).toBe(0);
  });

  test('it fails for another one, and tells what is skipped and why', async () => {
    const { code, output } = await underNode({ LIE: 'yes' });
    expect(output).toMatch(/^ *not ok \d+ - the root stays$/m);
    expect(output).toMatch(/^ *ok \d+ - takes a file away # SKIP shown to be possible$/m);
    expect(output).toMatch(/^# fail 1$/m);
    expect(output).toMatch(/^# skipped 1$/m);
    expect(code).toBe(1);
  });

  test('its words are those of a runner', () => {
    // Only the types are looked at: whoever writes TypeScript passes on the functions as they are.
    const fits = ({ describe: group, test: one }: typeof nodeTest): TestRunner => ({ describe: group, test: one });
    const vitestFits: TestRunner = { describe, test };
    expect(typeof fits).toBe(typeof vitestFits.test);
  });
});

describe('defining the tests', () => {
  test('a sample saves the factory from being asked', async () => {
    let asked = 0;
    const factory = async () => {
      asked += 1;
      return { client: new MemoryStorageClient() };
    };
    await conformance(optionsWith({ factory, sample: new MemoryStorageClient() }));
    expect(asked).toBe(0);
    await conformance(optionsWith({ factory }));
    expect(asked).toBe(1);
  });

  test('what the factory gave is closed and disposed of, also when a test fails', async () => {
    const open = new Set<number>();
    let made = 0;
    const factory = async () => {
      made += 1;
      const number = made;
      open.add(number);
      const client = new MemoryStorageClient();
      client.remove = async () => undefined;
      return { client, dispose: async () => void open.delete(number) };
    };
    const runner = new TinyRunner();
    await conformance(optionsWith({ runner, factory }));
    expect((await runner.failures()).size).toBeGreaterThan(0);
    expect(made).toBeGreaterThan(runner.size);
    expect([...open]).toEqual([]);
  });

  test('what a test found is not lost when the store cannot be taken away either', async () => {
    const factory = async () => {
      const client = new MemoryStorageClient();
      client.remove = async () => undefined;
      return { client, dispose: () => Promise.reject(new Error('the server hangs')) };
    };
    const runner = new TinyRunner();
    await conformance(optionsWith({ runner, factory, sample: new MemoryStorageClient() }));
    const failures = await runner.failures();
    expect(String(failures.get('remove › takes a file away'))).toMatch(/AssertionError.*then the store could not/s);
    expect(String(failures.get('stat › the root is a directory'))).toBe('Error: the server hangs');
  });

  test('a skip needs a test, a reason and a runner that tells of it', async () => {
    const runner = new TinyRunner();
    await conformance(optionsWith({ runner, skip: { 'remove › the root stays': 'ours is a bit different' } }));
    expect(runner.skipped).toEqual(['remove › the root stays: ours is a bit different']);
    await expect(conformance(optionsWith({ skip: { 'remove › no such test': 'why' } }))).rejects.toThrow(
      /no such test/,
    );
    await expect(conformance(optionsWith({ skip: { 'remove › the root stays': ' ' } }))).rejects.toThrow(/reason/);
    const mute: TestRunner = { describe: () => undefined, test: () => undefined };
    const skip = { 'remove › the root stays': 'why' };
    await expect(conformance(optionsWith({ runner: mute, skip }))).rejects.toThrow(TypeError);
  });

  test.each([
    { chunkSize: 1 },
    { chunkSize: 100, partSize: 99 },
    { manyEntries: 0 },
    { listingDelayMs: -1 },
    { partSize: 1.5e6 + 0.5 },
  ])('numbers that make no sense are refused: %o', async (numbers) => {
    await expect(conformance(optionsWith(numbers))).rejects.toThrow(TypeError);
  });

  test('listings may take their time, as long as was said', async () => {
    const runner = new TinyRunner();
    await conformance(optionsWith({ runner, factory: async () => ({ client: lateListings() }), listingDelayMs: 5000 }));
    expect([...(await runner.failures()).keys()]).toEqual([]);
    const strict = new TinyRunner();
    await conformance(optionsWith({ runner: strict, factory: async () => ({ client: lateListings() }) }));
    expect((await strict.failures()).size).toBeGreaterThan(0);
  });
});

/** A store each of whose listings tells what the one before it would have told. */
function lateListings(): StorageClient {
  const told = new Map<string, (readonly Entry[])[]>();
  return decorate(new MemoryStorageClient({ chunkSize: 16 }), {
    list: (list) =>
      async function* late(directory, options) {
        const old = told.get(directory);
        const pages: (readonly Entry[])[] = [];
        for await (const page of list(directory, options)) pages.push(page);
        told.set(directory, pages);
        yield* old ?? pages;
      },
  });
}
