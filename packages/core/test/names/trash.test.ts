import { describe, expect, test } from 'vitest';
import { scenario } from '../support/scenario.ts';

describe('the trash', () => {
  test('holds what gave way below a path that gave way as a file in the same run', async () => {
    // The file d goes to the trash, the folder takes its place, and a file that comes into it by a rename is edited.
    const { pair } = await scenario({
      mode: 'destination-to-source',
      base: { d: 'file', 'moved/a': 'a', 'moved/b': 'b', 'moved/c': 'c' },
      source: { 'moved/a': 'drift' },
      destination: (side) => {
        side.delete('d');
        side.putDirectory('d');
        side.rename('moved', 'd/moved');
      },
      expect: { both: { 'd/moved/a': 'a', 'd/moved/b': 'b', 'd/moved/c': 'c' } },
    });
    const kept = [...pair.source.snapshot({ reserved: true })].filter(([path]) =>
      path.startsWith('.syncengine/trash/'),
    );
    expect(kept.map(([, content]) => content)).toEqual(expect.arrayContaining(['file', 'drift']));
  });
});
