import { channel } from 'node:diagnostics_channel';
import { expect, onTestFinished, test } from 'vitest';
import {
  diagnosticsChannels,
  type OperationMessage,
  type RetryMessage,
  type RunMessage,
  type ScanMessage,
  SyncEngineError,
} from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair } from '../support/pair.ts';
import { make } from '../support/tree.ts';

/** What is published on a channel until the test is over. */
function listen<Message>(name: keyof typeof diagnosticsChannels): readonly Message[] {
  const messages: Message[] = [];
  // What is published there is of the type that is documented for the channel: that is what the tests look at.
  const listener = (message: unknown): unknown => messages.push(message as Message);
  channel(diagnosticsChannels[name]).subscribe(listener);
  onTestFinished(() => void channel(diagnosticsChannels[name]).unsubscribe(listener));
  return messages;
}

test('the names are stable', () => {
  expect(diagnosticsChannels).toEqual({
    run: 'syncengine:run',
    scan: 'syncengine:scan',
    operation: 'syncengine:operation',
    retry: 'syncengine:retry',
  });
});

test('a run is told from its start to its end, with its scans and operations', async () => {
  const [runs, scans, operations] = [
    listen<RunMessage>('run'),
    listen<ScanMessage>('scan'),
    listen<OperationMessage>('operation'),
  ];
  const pair = new Pair();
  make(pair.source, { 'a.txt': 'a', 'b.txt': 'b' });
  await pair.engine().sync();
  const identity = { source: 'memory:source', destination: 'memory:destination', mode: 'two-way' };
  expect(runs).toEqual([
    { ...identity, run: expect.any(Number), stage: 'start' },
    { ...identity, run: runs[0]?.run, stage: 'end', status: 'clean' },
  ]);
  expect(scans).toContainEqual({ ...identity, run: runs[0]?.run, side: 'source', files: 2, directories: 0, path: '' });
  expect(operations.map(({ stage, operation }) => `${stage} ${operation.path}`).sort()).toEqual([
    'done a.txt',
    'done b.txt',
    'start a.txt',
    'start b.txt',
  ]);
  await pair.engine().plan();
  expect(runs.slice(2)).toMatchObject([{ stage: 'start' }, { stage: 'end', status: 'planned' }]);
  expect(runs[2]?.run).not.toBe(runs[0]?.run);
});

test('a run that fails, and an operation that fails, are told', async () => {
  const [runs, operations] = [listen<RunMessage>('run'), listen<OperationMessage>('operation')];
  const pair = new Pair();
  make(pair.source, { 'a.txt': 'a' });
  const refusing = altered(pair.destination, {
    write: async (path) => {
      throw new SyncEngineError('permission-denied', 'Not here.', { path });
    },
  });
  await pair.engine({}, { destination: () => refusing }).sync();
  expect(operations).toMatchObject([
    { stage: 'start' },
    { stage: 'failed', code: 'permission-denied', operation: { path: 'a.txt' } },
  ]);
  expect(runs.at(-1)).toMatchObject({ stage: 'end', status: 'problems' });
  pair.source.delete('');
  await expect(pair.engine().sync()).rejects.toThrow();
  expect(runs.at(-1)).toMatchObject({ stage: 'end', status: 'failed', error: { code: 'rail-root-missing' } });
});

test('a retry is told with its wait', async () => {
  const retries = listen<RetryMessage>('retry');
  const pair = new Pair();
  make(pair.source, { 'a.txt': 'a' });
  let failures = 2;
  const flaky = altered(pair.destination, {
    write: (path, ...others) => {
      failures -= 1;
      if (failures >= 0) throw new SyncEngineError('connection', 'Cut.', { path, retry: { afterMs: 7 } });
      return pair.destination.write(path, ...others);
    },
  });
  expect(await pair.engine({}, { destination: () => flaky }).sync()).toMatchObject({ status: 'clean' });
  const told = { side: 'destination', client: 'memory:destination', code: 'connection', path: 'a.txt', delayMs: 7 };
  expect(retries).toMatchObject([told, told]);
});
