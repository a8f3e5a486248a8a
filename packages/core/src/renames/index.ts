export { digestsNeeded } from './candidates.ts';
export { matchRenames } from './match-renames.ts';
export type { RenamePolicy } from './placement.ts';
