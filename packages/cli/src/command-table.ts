import { defineAdapters } from './define-adapters.ts';
import { defineCompletion } from './define-completion.ts';
import { defineInit } from './define-init.ts';
import { defineConflicts, defineStatus, defineVerify } from './define-pair-commands.ts';
import { defineRestore } from './define-restore.ts';
import { defineState } from './define-state.ts';
import { definePlan, defineSync } from './define-sync.ts';
import type { DefineCommand } from './perform.ts';

/** All commands, in the order of the help. */
export const commandTable: readonly DefineCommand[] = [
  defineInit,
  defineSync,
  definePlan,
  defineStatus,
  defineVerify,
  defineConflicts,
  defineRestore,
  defineState,
  defineAdapters,
  defineCompletion,
];
