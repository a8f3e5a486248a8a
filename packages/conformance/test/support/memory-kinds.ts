import type { MemoryStorageOptions } from '@syncengine/core';

/** The kinds of stores that a memory client can play, each as far from the others as can be. */
export const memoryKinds: Readonly<Record<string, MemoryStorageOptions>> = {
  'a POSIX disk': {},
  'a Mac disk': { caseSensitive: false, unicode: 'decomposed' },
  'a Windows disk': {
    caseSensitive: false,
    permissions: false,
    symlinks: false,
    // biome-ignore lint/suspicious/noControlCharactersInRegex: Windows really forbids them.
    names: { forbidden: /[<>:"\\|?*\x00-\x1f]/, reserved: /^(?:con|nul)(?:\..*)?$|[. ]$/i, maximumBytes: 255 },
  },
  'an object store': {
    directories: 'implied',
    permissions: false,
    stableIdentity: false,
    modifiedAt: 'never',
    listedHashes: ['md5'],
    requestedHashes: [],
    trash: 'none',
    move: false,
    listRecursive: true,
    pageSize: 7,
  },
  'an FTP server': {
    timePrecision: 1000,
    versions: 'size-and-time',
    stableIdentity: false,
    symlinks: false,
    copy: false,
    requestedHashes: [],
    conditional: 'advisory',
    unicode: 'composed',
    rangedReads: false,
  },
  'a drive in the cloud': {
    timePrecision: 1,
    modifiedAt: 'on-write',
    permissions: false,
    symlinks: false,
    listedHashes: ['md5', 'sha1', 'sha256', 'crc32'],
    requestedHashes: ['md5'],
    trash: 'native',
    listRecursive: true,
    names: { maximumBytes: 255, maximumPathBytes: 4000 },
    chunkSize: 1000,
    resumableWrites: true,
  },
};
