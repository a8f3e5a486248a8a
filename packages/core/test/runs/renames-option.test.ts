import { expect, test } from 'vitest';
import { Pair } from '../support/pair.ts';

test('a path has another name on the destination, in both directions', async () => {
  const pair = new Pair();
  const engine = pair.engine({ renames: { 'notes.txt': 'archive/old-notes.txt', photos: 'pictures' } });
  pair.source.put('notes.txt', 'notes');
  pair.source.put('photos/a.jpg', 'a');
  expect((await engine.sync()).status).toBe('clean');
  expect(pair.destination.text('archive/old-notes.txt')).toBe('notes');
  expect(pair.destination.text('pictures/a.jpg')).toBe('a');

  pair.destination.put('archive/old-notes.txt', 'edited there');
  pair.destination.put('pictures/b.jpg', 'b');
  expect((await engine.sync()).status).toBe('clean');
  expect(pair.source.text('notes.txt')).toBe('edited there');
  expect(pair.source.text('photos/b.jpg')).toBe('b');
  expect((await engine.plan()).operations).toEqual([]);
});

test('renames that come to a pair with a history are no deletions', async () => {
  const pair = new Pair();
  pair.source.put('notes.txt', 'notes');
  await pair.engine().sync();
  const engine = pair.engine({ renames: { 'notes.txt': 'old-notes.txt' } });
  const result = await engine.sync();
  expect(result.counts).toMatchObject({ created: 1, deleted: 0 });
  expect(pair.source.text('notes.txt')).toBe('notes');
  expect(pair.destination.text('old-notes.txt')).toBe('notes');
  expect((await engine.plan()).operations).toEqual([]);
});

test.for([{ a: '../b' }, { '': 'b' }, { a: 'b', c: 'b' }, { a: 'x', 'a/b': 'y' }])(
  'renames that make no sense are refused: %j',
  (renames) => {
    expect(() => new Pair().engine({ renames })).toThrow(expect.objectContaining({ name: 'SyncEngineError' }));
  },
);
