import { countDeletedFiles, type Side, type StorageClient, type SyncMode, type SyncPlan } from '@syncengine/core';
import { sides } from './sides.ts';
import { counted } from './units.ts';

/** What deciding about the trash takes. */
export interface TrashFacts {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  /** False with `--no-trash`. */
  readonly trash: boolean;
  /** Days that the trash is kept. */
  readonly trashDays: number;
  /** What the mode, or a rule for versions, does with content that gives way. */
  readonly replaced: SyncMode['replaced'];
}

/** The deletions of files that a plan asks for, side by side; nothing when there are none. */
export function plannedDeletions(plan: SyncPlan, facts: TrashFacts): readonly string[] {
  return sides.flatMap((side) => {
    const files = countDeletedFiles(plan.operations.filter((operation) => operation.side === side));
    if (files === 0) return [];
    return [`${counted(files, 'file')} would be deleted on the ${side} (${whatBecomesOf(side, facts)}).`];
  });
}

/** Said before the first deletion on a side. */
export function deletionWarning(side: Side, files: number, facts: TrashFacts): string {
  return `Deleting ${counted(files, 'file')} on the ${side} (${whatBecomesOf(side, facts)}).`;
}

function whatBecomesOf(side: Side, facts: TrashFacts): string {
  if (facts.replaced === 'version') return 'kept as a version';
  if (!facts.trash) return 'not kept: the trash is off';
  switch (facts[side].capabilities.trash) {
    case 'folder':
      return `kept in the trash for ${facts.trashDays} days`;
    case 'native':
      return 'kept by the storage itself';
    case 'none':
      return 'not kept: the storage has no trash';
  }
}
