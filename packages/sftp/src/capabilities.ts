import { Buffer } from 'node:buffer';
import type { StorageCapabilities } from '@syncengine/core';
import type { RemoteFolder } from './remote-folder.ts';

/** Longest path that systems take, without the NUL at its end. */
const longestPath = 4095;

export function capabilitiesOf({ root, shell, caseSensitive }: RemoteFolder): StorageCapabilities {
  return {
    hashes: { listed: [], onRequest: shell.hashes },
    modifiedAt: { settable: 'in-place', precision: 1_000 },
    permissions: true,
    symlinks: true,
    directories: 'real',
    caseSensitive,
    unicode: 'preserved',
    // Below the root stand its own path and a slash.
    names: { maximumBytes: 255, maximumPathBytes: longestPath - Buffer.byteLength(root.path) - 1 },
    // `absent` is enforced by the server; a version is compared right before the rename.
    conditionalWrites: 'advisory',
    conditionalRemoves: 'advisory',
    rangedReads: true,
    resumableWrites: true,
    stableIdentity: false,
    trash: 'folder',
    concurrency: { transfers: 240, operations: 64 },
  };
}
