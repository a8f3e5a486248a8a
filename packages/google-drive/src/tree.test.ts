import { describe, expect, test } from 'vitest';
import { type DriveFile, folderType } from './drive-file.ts';
import { DriveTree } from './tree.ts';

function file(id: string, parents: readonly string[], more: Partial<DriveFile> = {}): DriveFile {
  return {
    id,
    name: id,
    mimeType: 'text/plain',
    parents,
    driveId: undefined,
    trashed: false,
    version: 1,
    modifiedAt: undefined,
    createdAt: undefined,
    size: 0,
    md5: undefined,
    sha1: undefined,
    sha256: undefined,
    headRevisionId: undefined,
    ...more,
  };
}

const folder = (id: string, parents: readonly string[], more: Partial<DriveFile> = {}): DriveFile =>
  file(id, parents, { mimeType: folderType, ...more });

describe('a tree', () => {
  test('takes in only what hangs together with its root', () => {
    const tree = new DriveTree('root');
    tree.put(file('stray', ['elsewhere']));
    tree.put(folder('a', ['root']));
    tree.put(file('b', ['a']));
    expect([tree.get('stray'), tree.get('b')?.name]).toEqual([undefined, 'b']);
  });

  test('an answer that was overtaken changes nothing', () => {
    const tree = new DriveTree('root');
    tree.put(file('a', ['root'], { version: 5, name: 'new' }));
    tree.put(file('a', ['root'], { version: 4, name: 'old' }));
    expect([...tree.names('root')]).toEqual(['new']);
  });

  test('what is trashed or moved out leaves it with all that lies below', () => {
    for (const gone of [
      folder('a', ['root'], { trashed: true, version: 2 }),
      folder('a', ['elsewhere'], { version: 2 }),
    ]) {
      const tree = new DriveTree('root');
      tree.complete('root', [folder('a', ['root'])]);
      tree.complete('a', [folder('b', ['a'])]);
      tree.complete('b', [file('c', ['b'])]);
      tree.put(gone);
      expect([...tree.files]).toEqual([]);
      expect(tree.isComplete('b')).toBe(false);
    }
  });

  test('a folder that moves within keeps what it holds', () => {
    const tree = new DriveTree('root');
    tree.complete('root', [folder('a', ['root']), folder('b', ['root'])]);
    tree.complete('a', [file('c', ['a'])]);
    tree.put(folder('a', ['b'], { version: 2, name: 'renamed' }));
    expect([...tree.names('b')]).toEqual(['renamed']);
    expect([...tree.names('root')]).toEqual(['b']);
    expect(tree.named('a', 'c')).toHaveLength(1);
    expect(tree.isComplete('a')).toBe(true);
  });

  test('a listing of a folder forgets what it does not tell', () => {
    const tree = new DriveTree('root');
    tree.complete('root', [file('a', ['root']), file('b', ['root'])]);
    tree.complete('root', [file('b', ['root'])]);
    expect([...tree.names('root')]).toEqual(['b']);
  });

  test('several of one name are all there', () => {
    const tree = new DriveTree('root');
    tree.complete('root', [file('1', ['root'], { name: 'x' }), file('2', ['root'], { name: 'x' })]);
    expect(tree.named('root', 'x').map(({ id }) => id)).toEqual(['1', '2']);
    tree.drop('1');
    expect(tree.named('root', 'x').map(({ id }) => id)).toEqual(['2']);
    tree.drop('2');
    expect([...tree.names('root')]).toEqual([]);
  });

  test('knows of which folders not all is known', () => {
    const tree = new DriveTree('root');
    expect(tree.incompleteFolders()).toEqual(['root']);
    tree.complete('root', [folder('a', ['root']), file('b', ['root'])]);
    expect(tree.incompleteFolders()).toEqual(['a']);
  });
});
