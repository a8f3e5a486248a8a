import type { Gate } from '@syncengine/core';

/** Waits for a place in the gate, and holds it until the returned function is called. */
export function takePlace(gate: Gate, signal: AbortSignal | undefined): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> => new Promise((leave) => resolve(leave));
    gate.run(hold, signal).catch(reject);
  });
}
