export { digestsNeeded } from './candidates.ts';
export { type MatchedRenames, matchRenames } from './match-renames.ts';
export type { LeftCopy, RenamePolicy } from './placement.ts';
