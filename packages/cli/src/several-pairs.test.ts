import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Configured, onePair } from '../test/support/configured.ts';
import { FakeTerminal } from '../test/support/terminal.ts';

const pairs = {
  documents: { source: 'documents', destination: 'backup/documents', mode: 'std' },
  photos: { source: 'photos', destination: { usb: 'usb', cloud: 'cloud' }, ignore: ['*.tmp'] },
};
const tree = { 'documents/a.txt': 'a', 'photos/p.jpg': 'p', 'photos/x.tmp': 'x', 'photos/y.log': 'y' };

test('without names all pairs are brought in sync, and told by name in their order', async () => {
  const configured = new Configured({ defaults: { ignore: ['*.log'] }, pairs }, tree);
  const { code, stdout } = await configured.run(['sync']);
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^documents: Done in .*: 1 created; 1 B transferred\.$/),
    expect.stringMatching(/^photos\/usb: Done in .*: 1 created, 2 skipped; 1 B transferred\.$/),
    expect.stringMatching(/^photos\/cloud: Done in .*: 1 created, 2 skipped; 1 B transferred\.$/),
    '',
  ]);
  expect(configured.read('usb')).toEqual({ 'p.jpg': 'p' });
  expect(configured.read('cloud')).toEqual({ 'p.jpg': 'p' });
  expect((await configured.run(['sync', '--quiet'])).stdout).toBe('');
});

test('pairs and destinations are chosen by name', async () => {
  const configured = new Configured({ pairs }, tree);
  expect((await configured.json(['sync', 'photos/usb', 'documents'])).pairs).toMatchObject([
    { name: 'documents', mode: 'source-to-destination' },
    { name: 'photos/usb', mode: 'two-way' },
  ]);
  expect((await configured.json(['sync', 'photos'])).pairs).toMatchObject([
    { name: 'photos/usb', counts: { created: 0 } },
    { name: 'photos/cloud', counts: { created: 2 } },
  ]);
});

test('one that fails does not stop the others, and the exit code tells of it', async () => {
  const configured = new Configured({ pairs }, tree);
  await configured.run(['sync']);
  rmSync(join(configured.folder, 'usb'), { recursive: true });
  configured.write({ 'photos/new.jpg': 'new' });
  const { code, stdout, stderr } = await configured.run(['sync']);
  expect(code).toBe(4);
  expect(stderr).toMatch(/^photos\/usb: syncengine: .* --allow root-missing$/m);
  expect(stdout).toMatch(/^photos\/cloud: Done in/m);
  expect(await configured.json(['sync'])).toMatchObject({
    code: 4,
    status: 'stopped',
    dryRun: false,
    pairs: [
      { name: 'documents', status: 'clean' },
      { name: 'photos/usb', status: 'stopped', error: { code: 'rail-root-missing' } },
      { name: 'photos/cloud', status: 'clean' },
    ],
  });
});

test('a pair that cannot be opened does not stop the others', async () => {
  const configured = new Configured(
    { pairs: { ...pairs, bad: { source: 'documents', destination: 'documents/inside' } } },
    tree,
  );
  const document = await configured.json(['sync']);
  expect(document).toMatchObject({ code: 2, status: 'failed' });
  expect(document.pairs.at(-1)).toMatchObject({ name: 'bad', status: 'failed', error: { code: 'nested-roots' } });
  expect(configured.read('cloud')).toHaveProperty(['p.jpg']);
});

test('flags count for all pairs of the run, before what the configuration says', async () => {
  const configured = onePair(
    { mode: 'std', trash: { keepDays: 7 } },
    { 'a/1': '1', 'a/2': '2', 'a/3': '3', 'b/4': '4' },
  );
  expect((await configured.run(['plan'])).stdout).toContain('(kept in the trash for 7 days)');
  const plan = await configured.json(['plan', '--mode', 'two-way', '--exclude', '2', '--ignore', '3']);
  expect(plan.pairs).toMatchObject([{ mode: 'two-way', counts: { created: 2, deleted: 0, skipped: 2 } }]);
  expect((await configured.run(['sync', 'one', '--transfers', '0'])).code).toBe(2);
});

test('a configuration that is wrong is told in one document too', async () => {
  const configured = new Configured({ pairs: {} });
  expect(await configured.json(['sync'])).toMatchObject({
    code: 2,
    status: 'failed',
    pairs: [],
    error: { code: 'invalid-options', message: expect.stringContaining('syncengine.json:1:1') },
  });
});

test('a terminal sees one bar for all pairs', async () => {
  const configured = new Configured(
    {
      limits: { bandwidth: '400k' },
      pairs: { x: { source: 'x', destination: 'x2' }, y: { source: 'y', destination: 'y2' } },
    },
    { 'x/1.bin': 'x'.repeat(150_000), 'y/2.bin': 'y'.repeat(150_000) },
  );
  const terminal = new FakeTerminal();
  expect((await configured.run(['sync'], { stderr: terminal })).code).toBe(0);
  expect(terminal.widest).toBeLessThan(80);
  expect(terminal.written.join('')).toMatch(/\/2 files {2}.*\/300 kB/);
  expect(terminal.written.join('')).toContain('x: 1.bin');
  expect(terminal.screen).toEqual([]);
});

test('an interruption ends all pairs in order', async () => {
  const configured = new Configured(
    {
      limits: { bandwidth: '100k' },
      pairs: { x: { source: 'x', destination: 'x2' }, y: { source: 'y', destination: 'y2' } },
    },
    { 'x/1.bin': 'x'.repeat(400_000), 'y/2.bin': 'y'.repeat(400_000) },
  );
  const { code, stdout, exits } = await configured.run(['sync'], {
    onStderr: (text, signals) => {
      if (text.includes('y: Synchronising')) signals.emit('SIGINT');
    },
  });
  expect([code, exits]).toEqual([130, []]);
  expect(stdout).toMatch(/^x: Interrupted after/);
  expect(stdout).toMatch(/^y: Interrupted after .* Left for the next run: 1 operation and 400 kB\.$/m);
});
