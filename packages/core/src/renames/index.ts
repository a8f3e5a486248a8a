export { digestsNeeded } from './candidates.ts';
export { type MatchedRenames, matchRenames } from './match-renames.ts';
export type { RenamePolicy } from './placement.ts';
