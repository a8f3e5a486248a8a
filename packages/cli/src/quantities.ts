import type { DeletionLimit } from '@syncengine/core';
import { usageError } from './usage.ts';

const multipliers: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  m: 1000 ** 2,
  g: 1000 ** 3,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
};

/**
 * Bytes a second: `500000`, `500k`, `10M`, `1.5MiB`. `k M G` count in thousands, `Ki Mi Gi` in 1,024s; a `B` and a
 * `/s` may follow, and case does not matter.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function parseRate(text: string): number {
  const parts = /^(\d+(?:\.\d+)?) *([kmg]i?)?b?(?:\/s)?$/i.exec(text.trim());
  const multiplier = parts === null ? undefined : multipliers[(parts[2] ?? '').toLowerCase()];
  const rate = Math.floor(Number(parts?.[1]) * (multiplier ?? Number.NaN));
  if (rate >= 1 && Number.isSafeInteger(rate)) return rate;
  throw usageError(
    `${JSON.stringify(text)} is no bandwidth; give bytes a second, at least 1, such as 500k, 10M or 1.5MiB.`,
  );
}

/**
 * The most files that one run may delete: a number, or a share of the files known from the last run.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function parseDeletionLimit(text: string): DeletionLimit {
  const parts = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const number = Number(parts?.[1]);
  if (parts?.[2] === '%' && number <= 100) return { share: number / 100 };
  if (parts?.[2] === '' && Number.isSafeInteger(number)) return { files: number };
  throw usageError(
    `${JSON.stringify(text)} is no limit for deletions; give a number of files, such as 100, or a share, such as 25%.`,
  );
}

/**
 * A whole number of at least 1.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function parseLimit(text: string, flag: string): number {
  const number = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= 1 && Number.isSafeInteger(number)) return number;
  throw usageError(`${flag} takes a whole number of at least 1, not ${JSON.stringify(text)}.`);
}
