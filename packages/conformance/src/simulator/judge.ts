import type { Trial } from './trial.ts';
import {
  requireFrozenUntouched,
  requireHiddenUntouched,
  requireInside,
  requireLeaderUntouched,
  requireUnseenUntouched,
} from './untouched.ts';
import { requireOldOrNew, requireWhole } from './whole.ts';

/** What holds after every run, however it ended. */
export function judgeRun(trial: Trial): void {
  requireWhole(trial);
  requireOldOrNew(trial);
  requireInside(trial);
  requireLeaderUntouched(trial);
  requireUnseenUntouched(trial);
  requireHiddenUntouched(trial);
  requireFrozenUntouched(trial);
}
