import { expect } from 'vitest';
import type { CommandOutcome } from './command.ts';

/** The one document on standard output. */
export function documentOf({ stdout }: CommandOutcome) {
  expect(stdout.endsWith('\n')).toBe(true);
  expect(stdout.trimEnd()).not.toContain('\n');
  const document = JSON.parse(stdout);
  const { operations, conflicts, problems } = document;
  expect(document).toEqual({
    status: expect.stringMatching(/^(?:clean|conflicts|problems|stopped|cancelled|failed)$/),
    mode: expect.any(String),
    dryRun: expect.any(Boolean),
    counts: {
      created: expect.any(Number),
      updated: expect.any(Number),
      deleted: expect.any(Number),
      moved: expect.any(Number),
      adopted: expect.any(Number),
      unchanged: expect.any(Number),
      skipped: expect.any(Number),
      conflicts: expect.any(Number),
      problems: expect.any(Number),
    },
    bytes: { transferred: expect.any(Number) },
    operations: expect.any(Array),
    conflicts: expect.any(Array),
    problems: expect.any(Array),
    ...('error' in document ? { error: { code: expect.any(String), message: expect.any(String) } } : {}),
  });
  for (const operation of operations) {
    expect(operation).toMatchObject({
      side: expect.stringMatching(/^(?:source|destination)$/),
      path: expect.any(String),
    });
    expect(
      Object.keys(operation).filter((key) => !['kind', 'side', 'path', 'from', 'bytes', 'reason'].includes(key)),
    ).toEqual([]);
  }
  for (const conflict of conflicts)
    expect(conflict).toMatchObject({ path: expect.any(String), reason: expect.any(String) });
  for (const problem of problems) expect(Object.keys(problem).sort()).toEqual(['code', 'message', 'path', 'side']);
  return document;
}

export const zeros = {
  created: 0,
  updated: 0,
  deleted: 0,
  moved: 0,
  adopted: 0,
  unchanged: 0,
  skipped: 0,
  conflicts: 0,
  problems: 0,
};
export const nothingDone = { counts: zeros, bytes: { transferred: 0 }, operations: [], conflicts: [], problems: [] };
