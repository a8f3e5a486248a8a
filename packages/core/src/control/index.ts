export type { Clock } from './clock.ts';
export { SyncControl } from './control.ts';
export { Gate } from './gate.ts';
