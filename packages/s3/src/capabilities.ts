import type { StorageCapabilities } from '@syncengine/core';
import type { Conditions } from './conditions.ts';
import type { Keys } from './keys.ts';
import type { Settings } from './options.ts';

/** What a bucket can do, as long as it is not known what its service checks by itself. */
export function capabilitiesOf(settings: Settings, keys: Keys, isVersioned: boolean): StorageCapabilities {
  return {
    // Not with objects that were stored in parts.
    hashes: { listed: [], often: settings.etags === 'md5' ? ['md5'] : [], onRequest: [] },
    modifiedAt: { settable: 'on-write', precision: 0.001, listed: false },
    permissions: false,
    symlinks: false,
    directories: 'implied',
    caseSensitive: true,
    unicode: 'preserved',
    names: { maximumPathBytes: keys.longestPath },
    conditionalWrites: 'advisory',
    conditionalRemoves: 'advisory',
    rangedReads: true,
    resumableWrites: true,
    exactVersions: true,
    stableIdentity: false,
    trash: isVersioned ? 'native' : 'none',
    versions: isVersioned,
    concurrency: { transfers: settings.transfersAtOnce, operations: settings.requestsAtOnce },
  };
}

/** The same, once that is known. */
export function withConditions(capabilities: StorageCapabilities, conditions: Conditions): StorageCapabilities {
  const { absent, version, completion, removal } = conditions;
  return {
    ...capabilities,
    // One that holds for small files only, or for new ones only, is none that can be relied on.
    conditionalWrites: absent && version !== 'ignored' && completion ? 'enforced' : 'advisory',
    conditionalRemoves: removal ? 'enforced' : 'advisory',
  };
}
