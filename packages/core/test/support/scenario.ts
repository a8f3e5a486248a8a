import { expect } from 'vitest';
import type { SyncEngineOptions, SyncPlan, SyncResult } from '../../src/index.ts';
import { mirrored, requireMirrored } from './mirror.ts';
import { Pair } from './pair.ts';
import { census, requireLeaderUntouched, requireNothingLost, requirePromised, requireSettled } from './promises.ts';
import { engineOf, type Outcome, type Scenario } from './story.ts';
import { complete, keptIn, make, type Tree, treeOf } from './tree.ts';

/** Without it, a base of one file that is deleted would be an emptied root. */
const anchor: Tree = { anchor: 'anchor' };

/** Plays a scenario and its mirror image, applies its plan as stored JSON too, and checks all that is promised. */
export async function scenario(promise: Scenario): Promise<Outcome> {
  const outcome = await play(promise, syncing);
  check(outcome, promise);
  const stored = await play(promise, planningFirst);
  expect(told(stored), 'a plan that was stored and applied later does the same').toEqual(told(outcome));
  if (promise.mirror === undefined) {
    const mirror = mirrored(promise);
    const reflection = await play(mirror, syncing);
    requireMirrored(outcome, reflection);
    await requirePromised(mirror, reflection);
  }
  await requirePromised(promise, stored);
  await requirePromised(promise, outcome);
  return outcome;
}

type Play = (pair: Pair, scenario: Scenario) => Promise<SyncResult>;

async function syncing(pair: Pair, promise: Scenario): Promise<SyncResult> {
  const engine = engineOf(pair, promise);
  const dryRun = await engine.plan(promise.run);
  const result = await engine.sync(promise.run);
  expect(withoutTimes(result.plan), 'the dry run is the run').toEqual(withoutTimes(dryRun));
  if (result.status === 'clean') expect(result.operations, 'all that was planned was done').toEqual(dryRun.operations);
  return result;
}

async function planningFirst(pair: Pair, promise: Scenario): Promise<SyncResult> {
  const plan: unknown = JSON.parse(JSON.stringify(await engineOf(pair, promise).plan(promise.run)));
  // Sound: parsePlan, which apply calls, is what checks it.
  return await engineOf(pair, promise).apply(plan as SyncPlan, promise.run);
}

/** Everything up to the run, the run, and a look at what it left. */
async function play(promise: Scenario, perform: Play): Promise<Outcome> {
  const pair = await prepared(promise);
  const before = { source: treeOf(pair.source), destination: treeOf(pair.destination) };
  const censusBefore = { source: await census(pair.source), destination: await census(pair.destination) };
  const result = await perform(pair, promise);
  const known = await pair.known();
  const outcome = { pair, before, source: treeOf(pair.source), destination: treeOf(pair.destination), result, known };
  await requireLeaderUntouched(promise.mode, censusBefore, pair);
  requireNothingLost(outcome, promise);
  return outcome;
}

/** Two sides that were in sync, and what happened to them since. */
export async function prepared(promise: Scenario): Promise<Pair> {
  const pair = new Pair(promise.clients);
  if (promise.base !== undefined) await establish(pair, promise.base, promise.options);
  const first = promise.first ?? 'source';
  const second = first === 'source' ? 'destination' : 'source';
  for (const side of [first, second] as const) {
    pair.clock.advance();
    make(pair[side], promise[side] ?? {});
  }
  pair.clock.advance();
  return pair;
}

async function establish(pair: Pair, base: Tree, options: Partial<SyncEngineOptions> = {}): Promise<void> {
  make(pair.source, { ...base, ...anchor });
  pair.clock.advance();
  const { conflict: _conflict, initial: _initial, strict: _strict, marker: _marker, ...lasting } = options;
  const result = await pair.engine({ ...lasting, mode: 'two-way' }).sync();
  expect(result.status, 'the base is in sync').toBe('clean');
  requireSettled(await pair.engine({ ...lasting, mode: 'two-way' }).plan());
}

function check({ pair, source, destination, result, known }: Outcome, promise: Scenario): void {
  const { both, status = 'clean', conflicts = [], problems = [], counts, operations, trash, versions } = promise.expect;
  const rest = promise.base === undefined ? {} : anchor;
  const expected = {
    source: promise.expect.source ?? both,
    destination: promise.expect.destination ?? both,
  };
  expect(result.problems.map(({ side, path, code }) => `${side} ${path} ${code}`)).toEqual(problems);
  expect(result.conflicts.map(({ path, reason, resolution }) => `${path} ${reason} ${resolution}`)).toEqual(conflicts);
  expect(result.status).toBe(status);
  if (expected.source !== undefined) expect(source, 'source').toEqual(complete({ ...rest, ...expected.source }));
  if (expected.destination !== undefined) {
    expect(destination, 'destination').toEqual(complete({ ...rest, ...expected.destination }));
  }
  if (counts !== undefined) expect(result.counts).toMatchObject(counts);
  if (operations !== undefined) {
    expect(result.operations.map(({ kind, side, path }) => `${kind} ${side} ${path}`)).toEqual(operations);
  }
  if (promise.expect.known !== undefined) {
    expect(known.filter((key) => key !== 'anchor')).toEqual(promise.expect.known);
  }
  for (const side of ['source', 'destination'] as const) {
    if (trash !== undefined) expect(keptIn(pair[side], 'trash'), `trash of the ${side}`).toEqual(trash[side] ?? {});
    if (versions === undefined) continue;
    expect(keptIn(pair[side], 'versions'), `versions of the ${side}`).toEqual(versions[side] ?? {});
  }
}

function told({ source, destination, known, result }: Outcome): unknown {
  const { status, counts, bytes, conflicts, problems } = result;
  return { source, destination, known, status, counts, bytes, conflicts, problems };
}

function withoutTimes(plan: SyncPlan | undefined): unknown {
  if (plan === undefined) return undefined;
  const { createdAt: _createdAt, ...rest } = plan;
  return rest;
}
