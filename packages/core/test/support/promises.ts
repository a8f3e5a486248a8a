import { expect } from 'vitest';
import {
  type MemoryStorageClient,
  parseSyncMode,
  type Side,
  type StorageClient,
  type SyncMode,
  type SyncPlan,
} from '../../src/index.ts';
import type { Pair } from './pair.ts';
import { engineOf, type Outcome, type Scenario } from './story.ts';
import { complete, type Tree, treeOf } from './tree.ts';

/** Everything on a side down to versions and times, our own folder included. */
export async function census(client: StorageClient, directory = ''): Promise<readonly unknown[]> {
  const entries: unknown[] = [];
  if (directory === '' && (await client.stat('')) === undefined) return entries;
  for await (const page of client.list(directory)) {
    for (const entry of page) {
      entries.push(entry);
      if (entry.kind === 'directory') entries.push(...(await census(client, entry.path)));
    }
  }
  return entries;
}

function modeOf(mode: string | SyncMode): SyncMode {
  return typeof mode === 'string' ? parseSyncMode(mode) : mode;
}

/** In a one-way mode nobody writes to the side that leads. */
export async function requireLeaderUntouched(
  mode: string | SyncMode,
  before: Readonly<Record<Side, readonly unknown[]>>,
  pair: Pair,
): Promise<void> {
  const { leader, effects } = modeOf(mode);
  if (leader === undefined || Object.values(effects[leader]).some(Boolean)) return;
  expect(await census(pair[leader]), `the ${leader} leads and is never written`).toEqual(before[leader]);
}

/**
 * Promise 1: what was there is there, somewhere. Where nothing is kept of what gives way, only what the base had may be
 * gone: its owner replaced or deleted it.
 */
export function requireNothingLost({ pair, before }: Outcome, { base = {}, options, now, clients }: Scenario): void {
  const left = new Set([...contentsOf(pair.source), ...contentsOf(pair.destination)]);
  const isKept = { ...options, ...now }.trash !== false;
  for (const side of ['source', 'destination'] as const) {
    const keeps = isKept && clients?.[side]?.trash !== 'none';
    for (const [path, content] of Object.entries(before[side])) {
      if (path.endsWith('/') || left.has(content)) continue;
      if (!keeps && base[path] === content) continue;
      expect.fail(`${JSON.stringify(content)} stood at ${path} on the ${side} and is nowhere any more`);
    }
  }
}

function contentsOf(side: MemoryStorageClient): string[] {
  return [...side.snapshot({ reserved: true }).values(), ...side.trashed().map(({ text }) => text)];
}

/** Promise 3, and what each mode says of the two sides after a clean run. */
export async function requirePromised(scenario: Scenario, outcome: Outcome): Promise<void> {
  const { pair, result } = outcome;
  if (result.status === 'clean') requireAgreement(scenario, outcome);
  pair.clock.advance();
  const { force: _force, skip: _skip, ...run } = scenario.run ?? {};
  if (scenario.run?.force === true || scenario.run?.skip !== undefined) return;
  const engine = engineOf(pair, scenario);
  if (result.status === 'clean') requireSettled(await engine.plan(run));
  const again = await engine.sync(run);
  expect(again.status, 'a second run ends like the first').toBe(result.status);
  if (result.status !== 'problems') expect(again.operations, 'a second run does nothing').toEqual([]);
  expect(treeOf(pair.source)).toEqual(outcome.source);
  expect(treeOf(pair.destination)).toEqual(outcome.destination);
}

/** A plan of a finished sync: nothing to do, nothing to learn. */
export function requireSettled(plan: SyncPlan): void {
  expect(plan.operations, 'a second run plans nothing').toEqual([]);
  expect(plan.counts.adopted, 'a second run adopts nothing').toBe(0);
  expect(plan.conflicts, 'a second run finds no conflict').toEqual([]);
}

/** Nothing is left to do; at most the next run learns of folders that came along with what was renamed into them. */
export function requireFinished(plan: SyncPlan): void {
  const folders = plan.records.filter(({ change }) => change.kind === 'record' && change.record.kind === 'directory');
  const { adopted } = plan.counts;
  requireSettled({ ...plan, counts: { ...plan.counts, adopted: Math.max(0, adopted - folders.length) } });
}

function requireAgreement({ mode, exempt }: Scenario, { source, destination }: Outcome): void {
  const seen = (tree: Tree): Tree => without(tree, exempt ?? (() => false));
  const { leader, effects, replaced } = modeOf(mode);
  if (leader === undefined) {
    const isWhole = [effects.source, effects.destination].every((side) => Object.values(side).every(Boolean));
    if (isWhole) expect(seen(source), 'two-way: both sides are equal').toEqual(seen(destination));
    return;
  }
  const [leading, following] = leader === 'source' ? [source, destination] : [destination, source];
  if (replaced === 'version') expect(seen(following), 'a backup holds all that there is').toMatchObject(seen(leading));
  else expect(seen(following), 'a mirror is an exact replica').toEqual(seen(leading));
}

function without(tree: Tree, isExempt: (path: string) => boolean): Tree {
  const kept = Object.entries(tree).filter(([path]) => !isExempt(path));
  return complete(Object.fromEntries(kept));
}
