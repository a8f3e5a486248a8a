import { describe, expect, test } from 'vitest';
import { isSyncEngineError } from '../errors.ts';
import { IgnoreFileManager, type IgnoreOptions } from './index.ts';

/** Whether the root's child is left out, given the text of the root's ignore file. */
function excludes(options: IgnoreOptions, path: string, rootFile?: string, isDirectory = false): boolean {
  const manager = new IgnoreFileManager(options);
  return manager.excludes(manager.enter(manager.root(), '', rootFile, '.syncignore'), path, isDirectory);
}

describe('IgnoreFileManager', () => {
  test('by default looks for .syncignore and leaves nothing out', () => {
    const manager = new IgnoreFileManager();
    expect(manager.fileName).toBe('.syncignore');
    expect(manager.root().isEmpty).toBe(true);
    expect(manager.excludes(manager.root(), '.git', true)).toBe(false);
  });

  test('takes another file name, or none', () => {
    expect(new IgnoreFileManager({ fileName: '.gitignore' }).fileName).toBe('.gitignore');
    expect(new IgnoreFileManager({ fileName: false }).fileName).toBeUndefined();
  });

  test.each(['', 'a/b', 'a\0'])('refuses %j as a file name', (fileName) => {
    expect(() => new IgnoreFileManager({ fileName })).toThrow(TypeError);
  });

  test('option patterns hold for the whole tree; those with a slash start at the root', () => {
    const options = { patterns: ['*.log', '/build', '# a comment', '!keep.log'] };
    expect(excludes(options, 'a.log')).toBe(true);
    expect(excludes(options, 'd/a.log')).toBe(true);
    expect(excludes(options, 'd/keep.log')).toBe(false);
    expect(excludes(options, 'build')).toBe(true);
    expect(excludes(options, 'd/build')).toBe(false);
  });

  test('an ignore file takes back what an option pattern excludes', () => {
    expect(excludes({ patterns: ['*.log'] }, 'a.log', '!a.log')).toBe(false);
    expect(excludes({ patterns: ['!*.log'] }, 'a.log', '*.log')).toBe(true);
  });

  test('a nested ignore file goes before those above it, for its own directory only', () => {
    const manager = new IgnoreFileManager();
    const root = manager.enter(manager.root(), '', '*.log', '.syncignore');
    const docs = manager.enter(root, 'docs', '!/a.log', 'docs/.syncignore');
    const deeper = manager.enter(docs, 'docs/deeper', undefined, 'docs/deeper/.syncignore');
    expect(deeper).toBe(docs);
    expect(manager.excludes(docs, 'docs/a.log', false)).toBe(false);
    expect(manager.excludes(deeper, 'docs/deeper/a.log', false)).toBe(true);
    expect(manager.excludes(root, 'a.log', false)).toBe(true);
  });

  test('dot files are left out on request, except the ignore files', () => {
    const options = { excludeDotFiles: true };
    expect(excludes(options, '.env')).toBe(true);
    expect(excludes(options, 'docs/.env')).toBe(true);
    expect(excludes(options, '.git', undefined, true)).toBe(true);
    expect(excludes(options, 'a.env')).toBe(false);
    expect(excludes(options, 'docs/.syncignore')).toBe(false);
    expect(excludes(options, '.syncignore', undefined, true)).toBe(true);
    expect(excludes({ ...options, fileName: false }, '.syncignore')).toBe(true);
  });

  test('every pattern goes before excludeDotFiles', () => {
    expect(excludes({ excludeDotFiles: true, patterns: ['!.keep'] }, '.keep')).toBe(false);
    expect(excludes({ excludeDotFiles: true }, '.keep', '!.keep')).toBe(false);
    expect(excludes({ excludeDotFiles: true, patterns: ['.syncignore'] }, '.syncignore')).toBe(true);
  });

  test('ignoreCase covers option patterns and ignore files', () => {
    expect(excludes({ ignoreCase: true, patterns: ['A'] }, 'a')).toBe(true);
    expect(excludes({ ignoreCase: true }, 'b', 'B')).toBe(true);
    expect(excludes({ patterns: ['A'] }, 'a', 'A')).toBe(false);
  });

  test('malformed text is refused with its origin', () => {
    const manager = new IgnoreFileManager();
    const refused = (action: () => unknown, origin: string): void => {
      expect(action).toThrow(expect.toSatisfy((error) => isSyncEngineError(error, 'invalid-ignore-file')));
      expect(action).toThrow(origin);
    };
    refused(() => manager.enter(manager.root(), 'd', 'a\0', 'd/.syncignore'), 'd/.syncignore, line 1');
    refused(() => new IgnoreFileManager({ patterns: ['a', 'b\0'] }), 'options, line 2');
  });
});
