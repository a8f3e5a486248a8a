import { test } from 'vitest';
import { type SyncModeName, syncModes } from '../../src/index.ts';
import { scenario } from './scenario.ts';
import type { Expected, Scenario } from './story.ts';

/** What the decision table promises in each mode, and the words that it has for it. */
export type Promised = { readonly [mode in SyncModeName]: Expected & { readonly says: string } };

/** What happened to the two sides; what comes of it depends on the mode. */
export type Story = Omit<Scenario, 'mode' | 'expect'>;

/**
 * One row of the decision table as five tests. Each also proves the mirrored row: the sides exchanged, and the mode with
 * them.
 */
export function row(name: string, story: Story, promised: Promised): void {
  for (const mode of Object.values(syncModes)) {
    // Sound: the presets are named by the names of the presets.
    const { says, ...expected } = promised[mode.name as SyncModeName];
    test(`${name}, ${mode.name}: ${says}`, async () => {
      await scenario({ ...story, mode: mode.name, expect: expected });
    });
  }
}
