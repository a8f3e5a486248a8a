import type { StorageCapabilities } from './capabilities.ts';

/** The kernel's own clock ticks: files changed twice within one may keep the same times. Milliseconds. */
const smallestGrain = 20;

/** Two changes of a file that are closer in time than so many milliseconds may leave the same version behind. */
export function grainOf({ exactVersions, modifiedAt }: StorageCapabilities): number {
  return exactVersions === true ? 0 : Math.max(smallestGrain, modifiedAt.precision);
}
