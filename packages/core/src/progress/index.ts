export type {
  DirectionProgress,
  OperationSummary,
  ProgressEvent,
  ProgressListener,
  ProgressSnapshot,
} from './event.ts';
export { SpeedMeter } from './speed.ts';
export { ProgressTracker } from './tracker.ts';
