import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { command } from './command.ts';
import { type Pair, temporaryPair } from './folders.ts';

/** A pair that is in sync, with some files. */
export async function syncedPair(files = 3): Promise<Pair> {
  const names = Array.from({ length: files }, (_, index) => [`file-${index}.txt`, `content ${index}`] as const);
  const pair = temporaryPair(Object.fromEntries(names));
  expect(await command(['sync', ...pair.args, '--quiet'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  return pair;
}

/** A path that both sides changed since they were in sync. */
export async function pairInConflict(): Promise<Pair> {
  const pair = await syncedPair(1);
  appendFileSync(join(pair.source, 'file-0.txt'), ' and the source');
  appendFileSync(join(pair.destination, 'file-0.txt'), ' and then the destination');
  return pair;
}

/** A name that is no valid UTF-8: reported, and everything else is done. */
export function pairWithProblem(): Pair {
  const pair = temporaryPair({ 'good.txt': 'good' });
  writeFileSync(Buffer.concat([Buffer.from(`${pair.source}/bad-`), Buffer.from([0xff, 0xfe])]), 'bad');
  return pair;
}

export function pairWithManyDeletions(pair: Pair): void {
  for (let index = 0; index < 2; index += 1) rmSync(join(pair.source, `file-${index}.txt`));
}
