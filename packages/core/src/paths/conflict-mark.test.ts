import { describe, expect, test } from 'vitest';
import { conflictCopyPath } from '../reconcile/index.ts';
import { parseConflictCopy, withoutConflictMarks } from './index.ts';

describe('the name of a conflict copy', () => {
  const moment = Date.UTC(2026, 10, 22, 10, 15);
  for (const path of [
    'report.pdf',
    'folder/report',
    'a.b/c.d/.hidden',
    'archive.tar.gz',
    'a.conflict-source-undated.txt',
  ]) {
    for (const losing of ['source', 'destination'] as const) {
      for (const modifiedAt of [moment, undefined]) {
        for (const attempt of [1, 2, 17]) {
          test(`tells ${path} of the ${losing}, ${modifiedAt}, ${attempt}`, () => {
            const copy = conflictCopyPath(path, losing, modifiedAt, attempt);
            expect(parseConflictCopy(copy)).toEqual({ original: path, losing });
            expect(withoutConflictMarks(copy)).toBe(withoutConflictMarks(path));
          });
        }
      }
    }
  }

  test('is no other name', () => {
    for (const path of [
      'report.pdf',
      'a.conflict-source',
      'a.conflict-both-undated.txt',
      'a.conflict-source-20261122.txt',
      'a.conflict-source-undated/b',
    ]) {
      expect(parseConflictCopy(path)).toBeUndefined();
    }
  });
});
