import {
  type CallOptions,
  createHasher,
  decorate,
  type Entry,
  type HashAlgorithm,
  type StorageCapabilities,
  type StorageClient,
} from '@syncengine/core';

/** Digests of one algorithm prove more than those of the next. */
const preference: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5'];

/** The digest by which two sides are compared: one that both know without handing out the content, if there is one. */
export function commonAlgorithm(source: StorageCapabilities, destination: StorageCapabilities): HashAlgorithm {
  const knows = ({ hashes }: StorageCapabilities, algorithm: HashAlgorithm): boolean =>
    [...hashes.listed, ...(hashes.often ?? []), ...hashes.onRequest].includes(algorithm);
  return preference.find((each) => knows(source, each) && knows(destination, each)) ?? 'sha256';
}

/**
 * The same client, which can tell the digest of any content: by itself where it can, else by reading it. With `readAll` it
 * takes nobody's word: every content is read.
 */
export function verifying(client: StorageClient, algorithm: HashAlgorithm, readAll: boolean): StorageClient {
  const { capabilities } = client;
  const isNative = !readAll && client.hash !== undefined && capabilities.hashes.onRequest.includes(algorithm);
  const decorated = decorate(client, {
    capabilities: { ...capabilities, hashes: { ...capabilities.hashes, onRequest: [algorithm] } },
    ...(readAll
      ? {
          list: (inner) => (directory, look) => withoutHashes(inner(directory, look)),
          listRecursive: (inner) => (look) => withoutHashes(inner(look)),
          stat: (inner) => async (path, look) => {
            const entry = await inner(path, look);
            return entry === undefined ? undefined : withoutHash(entry);
          },
        }
      : {}),
  });
  if (isNative) return decorated;
  return { ...decorated, hash: (path, wanted, read) => digestOf(client, path, wanted, read) };
}

async function digestOf(
  client: StorageClient,
  path: string,
  algorithm: HashAlgorithm,
  options: (CallOptions & { readonly expected?: string | undefined }) | undefined,
): Promise<string> {
  const hasher = createHasher(algorithm);
  for await (const chunk of client.read(path, options)) hasher.update(chunk);
  return hasher.digest();
}

async function* withoutHashes(pages: AsyncIterable<readonly Entry[]>): AsyncGenerator<readonly Entry[]> {
  for await (const page of pages) yield page.map(withoutHash);
}

function withoutHash(entry: Entry): Entry {
  return entry.kind === 'file' ? { ...entry, hashes: undefined } : entry;
}
