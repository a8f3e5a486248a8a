import { SyncEngineError } from '../errors.ts';
import { requireValidPath } from '../paths/index.ts';
import { MalformedState } from './state-errors.ts';

/** A flat list of values, as records are stored. */
export type EncodedFields = Array<string | number>;

/** Takes the values of a stored list one after the other, each checked. */
export class Fields {
  readonly #values: readonly unknown[];
  #next = 0;

  /** @throws MalformedState, as all that follow do */
  constructor(value: unknown) {
    if (!Array.isArray(value)) throw new MalformedState('a record is no list');
    this.#values = value;
  }

  number(): number {
    const value = this.#values[this.#next++];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new MalformedState('a record lacks a number');
    return value;
  }

  /** A whole number of at least 0 and less than `limit`. */
  whole(limit: number): number {
    const value = this.number();
    if (!Number.isInteger(value) || value < 0 || value >= limit)
      throw new MalformedState('a record has unknown fields');
    return value;
  }

  string(): string {
    const value = this.#values[this.#next++];
    if (typeof value !== 'string') throw new MalformedState('a record lacks a text');
    return value;
  }

  /** What `putTime` put. */
  time(reference: number | undefined): number {
    const value = this.#values[this.#next++];
    if (typeof value === 'number') return (value + ticksOf(reference ?? 0)) / ticksPerMillisecond;
    const time = typeof value === 'string' ? Number(value) : Number.NaN;
    if (!Number.isFinite(time)) throw new MalformedState('a record lacks a time');
    return time;
  }

  /** What `putAlike` put. */
  alike(reference: string): string {
    const shared = this.whole(reference.length + 1);
    return reference.slice(0, shared) + this.string();
  }

  end(): void {
    if (this.#next !== this.#values.length) throw new MalformedState('a record has too many fields');
  }
}

/** @throws TypeError for what no number in JSON can say */
export function putNumber(value: number, encoded: EncodedFields): void {
  encoded.push(finite(value));
}

/**
 * A time that is likely to be near another one, in milliseconds. The times of our days have no more than twelve binary
 * places, so that their difference in such units is whole, and short. Other times are put as text.
 */
export function putTime(value: number, reference: number | undefined, encoded: EncodedFields): void {
  const difference = ticksOf(finite(value)) - ticksOf(reference ?? 0);
  const isExact = Number.isSafeInteger(ticksOf(value)) && Number.isSafeInteger(difference);
  encoded.push(isExact && Number.isSafeInteger(ticksOf(reference ?? 0)) ? difference : String(value));
}

/** A text that is likely to begin like another one: how many characters it has in common with it, and the rest. */
export function putAlike(value: string, reference: string, encoded: EncodedFields): void {
  const limit = Math.min(value.length, reference.length);
  let shared = 0;
  while (shared < limit && value.charCodeAt(shared) === reference.charCodeAt(shared)) shared += 1;
  encoded.push(shared, value.slice(shared));
}

/** @throws TypeError for a key under which nothing can be recorded */
export function requireKey(key: string): void {
  if (!isKey(key)) throw new TypeError(`${JSON.stringify(key)} is no key of a base record.`);
}

/** The root itself has no record. */
export function isKey(key: string): boolean {
  if (key === '') return false;
  try {
    requireValidPath(key);
    return true;
  } catch (error) {
    if (error instanceof SyncEngineError && error.code === 'invalid-name') return false;
    throw error;
  }
}

const ticksPerMillisecond = 4096;

function ticksOf(milliseconds: number): number {
  return milliseconds * ticksPerMillisecond;
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is no number that a base record can hold.`);
  return value;
}
