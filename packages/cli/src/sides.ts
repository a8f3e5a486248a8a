import type { Side } from '@syncengine/core';

export const sides = ['source', 'destination'] as const;

export function otherSide(side: Side): Side {
  return side === 'source' ? 'destination' : 'source';
}
