import type { Side, SyncModeName } from '@syncengine/core';
import { directoryMark, type SideCensus, takeCensus } from './census.ts';
import type { World } from './world.ts';

export const sides = ['source', 'destination'] as const;

/** What both sides hold at one moment. */
export type Look = Readonly<Record<Side, SideCensus>>;

export async function look({ clients }: Pick<World, 'clients'>): Promise<Look> {
  return { source: await takeCensus(clients.source), destination: await takeCensus(clients.destination) };
}

export function otherSide(side: Side): Side {
  return side === 'source' ? 'destination' : 'source';
}

export function leaderOf(mode: SyncModeName): Side | undefined {
  if (mode === 'two-way') return undefined;
  return mode.startsWith('source') ? 'source' : 'destination';
}

/** What stands at a path, in words. */
export function describeState(state: string | undefined): string {
  return state === undefined ? 'nothing' : state === directoryMark ? 'a folder' : JSON.stringify(state);
}

/** Under whatever spelling: a store may keep a name in another form than the one by which it was called. */
export function isActed(acted: ReadonlySet<string>, path: string): boolean {
  if (acted.size === 0) return false;
  const here = folded(path);
  for (const place of acted) {
    const there = folded(place);
    if (there === here || here.startsWith(`${there}/`) || there.startsWith(`${here}/`)) return true;
  }
  return false;
}

function folded(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
