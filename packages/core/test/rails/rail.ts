import { expect } from 'vitest';
import { type RailCode, type Side, SyncEngineError, type SyncEngineOptions, type SyncResult } from '../../src/index.ts';
import { Pair, type PairOptions, type Wrap } from '../support/pair.ts';
import { census } from '../support/promises.ts';
import { make, type Tree } from '../support/tree.ts';

export type Wraps = { readonly [side in Side]?: Wrap };

/** Two sides that hold the same and remember it, from a first two-way run without a marker. */
export async function inSync(
  tree: Tree,
  options: Partial<SyncEngineOptions> = {},
  clients?: PairOptions,
): Promise<Pair> {
  const pair = new Pair(clients);
  make(pair.source, tree);
  pair.clock.advance();
  const first = { ...options, mode: 'two-way', marker: undefined };
  expect((await pair.engine(first).sync()).status).toBe('clean');
  pair.clock.advance();
  return pair;
}

/** `folder/0` to `folder/<count - 1>`, each with a content of its own. */
export function manyFiles(count: number, folder = 'folder'): Tree {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/${index}`, `${folder} ${index}`]));
}

/** Makes nothing of all that is named. */
export function without(tree: Tree): Readonly<Record<string, undefined>> {
  return Object.fromEntries(Object.keys(tree).map((path) => [path, undefined]));
}

/** What a promise was rejected with. */
export async function refusal(running: Promise<unknown>): Promise<SyncEngineError> {
  try {
    await running;
  } catch (error) {
    if (error instanceof SyncEngineError) return error;
    throw error;
  }
  throw new Error('The run was not stopped.');
}

export interface Stopped {
  readonly code: RailCode;
  readonly side?: Side;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<SyncEngineOptions>;
  readonly wraps?: Wraps;
}

/** A run is stopped by the rail and changes nothing at all; a dry run tells the same, or is stopped as well. */
export async function expectStopped(pair: Pair, { code, side, details, options, wraps }: Stopped): Promise<void> {
  const before = { source: await census(pair.source), destination: await census(pair.destination) };
  const engine = pair.engine(options, wraps);
  const told = { code, ...(side === undefined ? {} : { side }), ...(details === undefined ? {} : { details }) };
  expect(await refusal(engine.sync())).toMatchObject(told);
  const planned = await engine.plan().then(
    (plan) => plan.stops,
    (error: unknown) => [error],
  );
  expect(planned).toContainEqual(expect.objectContaining(told));
  expect(await census(pair.source), 'nothing was changed').toEqual(before.source);
  expect(await census(pair.destination), 'nothing was changed').toEqual(before.destination);
}

/** The same run with rails lifted; lifted for this run only. */
export async function runLifting(
  pair: Pair,
  allow: readonly RailCode[],
  options?: Partial<SyncEngineOptions>,
  wraps?: Wraps,
): Promise<SyncResult> {
  return await pair.engine(options, wraps).sync({ allow });
}
