import type { Suite } from '../suite.ts';
import { capabilityTests } from './capabilities.ts';
import { changesTests } from './changes.ts';
import { concurrencyTests } from './concurrency.ts';
import { copyTests } from './copy.ts';
import { copyAllTests } from './copy-all.ts';
import { directoryTests } from './directories.ts';
import { errorTests } from './errors.ts';
import { factoryTests } from './factory.ts';
import { failedWriteTests } from './failed-write.ts';
import { householdTests } from './household.ts';
import { listingTests } from './listing.ts';
import { metadataTests } from './metadata.ts';
import { moveTests } from './move.ts';
import { nameTests } from './names.ts';
import { packedTests } from './packed.ts';
import { preconditionTests } from './preconditions.ts';
import { readTests } from './read.ts';
import { removeTests } from './remove.ts';
import { resumeTests } from './resume.ts';
import { secretTests } from './secrets.ts';
import { statTests } from './stat.ts';
import { symlinkTests } from './symlinks.ts';
import { versionTests } from './versions.ts';
import { writeTests } from './write.ts';

/** The contract, chapter by chapter; the factory comes first, because every test stands on it. */
export const allGroups: readonly ((suite: Suite) => void)[] = [
  factoryTests,
  listingTests,
  changesTests,
  packedTests,
  nameTests,
  statTests,
  readTests,
  writeTests,
  failedWriteTests,
  preconditionTests,
  resumeTests,
  removeTests,
  directoryTests,
  moveTests,
  copyTests,
  copyAllTests,
  symlinkTests,
  metadataTests,
  versionTests,
  capabilityTests,
  errorTests,
  concurrencyTests,
  secretTests,
  householdTests,
];
