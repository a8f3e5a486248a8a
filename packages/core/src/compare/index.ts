export { type BaseChange, type BaseRecord, type BaseSide, baseOrderKey, otherSide } from './base.ts';
export { type Change, entryOf } from './change.ts';
export { type ComparisonMode, comparisonModes, parseComparisonMode } from './comparison-mode.ts';
export type { ExaminedRow } from './examined-row.ts';
export { FileComparator, type FileComparatorOptions, type Verdict } from './file-comparator.ts';
export type { MoveStep, RowMove } from './move.ts';
export { type PackedRecords, type RecordPage, recordsOf } from './packed-records.ts';
export { isRacy } from './racy.ts';
export { isSettled } from './settled.ts';
