import { expect, test } from 'vitest';
import { onePair } from '../test/support/configured.ts';

function linesOf(text: string) {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('each line is a document that tells when, how grave and what', async () => {
  const configured = onePair({}, { 'a/1.txt': '1' });
  const { code, stdout, stderr } = await configured.run(['sync', '--log-format', 'json']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^one: Done in/);
  const lines = linesOf(stderr);
  for (const line of lines) {
    expect(line).toMatchObject({ time: expect.stringMatching(/^\d{4}-.*Z$/), level: 'info', pair: 'one' });
    expect(Object.keys(line).slice(0, 3)).toEqual(['time', 'level', 'event']);
  }
  expect(lines.map(({ event }) => event).filter((event) => event !== 'progress')).toEqual([
    'run-start',
    'plan',
    'operation-start',
    'operation-done',
    'summary',
  ]);
  expect(lines.find(({ event }) => event === 'operation-done')).toMatchObject({
    operation: { kind: 'create', side: 'destination', path: '1.txt', bytes: 1, reason: 'new on the source' },
  });
});

test('what goes wrong is a warning or an error', async () => {
  const configured = onePair({ conflict: 'manual' }, { 'a/1.txt': '1', 'b/1.txt': 'x' });
  const { code, stderr } = await configured.run(['sync', '--log-format', 'json', '--json']);
  expect(code).toBe(3);
  expect(linesOf(stderr)).toContainEqual(
    expect.objectContaining({ level: 'warn', event: 'conflict', path: '1.txt', reason: 'both-created' }),
  );
  const failed = await configured.run(['sync', 'one', '--log-format', 'json', '--marker', 'none']);
  expect(failed.code).toBe(4);
  expect(linesOf(failed.stderr)).toContainEqual(
    expect.objectContaining({ level: 'error', event: 'error', status: 'stopped', code: 'rail-marker', pair: 'one' }),
  );
});
