export { AdaptiveLimit, type Place } from './adaptive-limit.ts';
export type { Clock } from './clock.ts';
export { forEachConcurrently } from './concurrently.ts';
export { SyncControl } from './control.ts';
export { Gate } from './gate.ts';
export { whenAborted } from './when-aborted.ts';
