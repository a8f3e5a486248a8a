export { digestsNeeded } from './candidates.ts';
export { type MatchedRenames, matchRenames } from './match-renames.ts';
export { type LeftCopy, placeOf, type RenamePolicy } from './placement.ts';
