import { defineRestore } from './define-restore.ts';
import { defineState } from './define-state.ts';
import { definePlan, defineSync } from './define-sync.ts';
import type { DefineCommand } from './perform.ts';

/** All commands, in the order of the help. */
export const commandTable: readonly DefineCommand[] = [defineSync, definePlan, defineRestore, defineState];
