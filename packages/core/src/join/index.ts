export { join, type ScannedTree } from './join.ts';
export { mergeTwins } from './merge-twins.ts';
export { absent, type Observation, type ScannedItem } from './observation.ts';
export { type ItemPage, isPacked, type PackedItems } from './packed-items.ts';
export type { JoinCounts, JoinedRow } from './row.ts';
