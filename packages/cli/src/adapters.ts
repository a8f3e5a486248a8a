import type { StorageClient } from '@syncengine/core';
import type { Environment } from './environment.ts';
import { usageError } from './usage.ts';

/** What the package of a storage exports for the command. */
export interface AdapterModule {
  createStorageClient(url: URL, environment: Environment): StorageClient | Promise<StorageClient>;
}

const packages: Readonly<Record<string, string>> = {
  s3: '@syncengine/s3',
  sftp: '@syncengine/sftp',
  ftp: '@syncengine/ftp',
  ftps: '@syncengine/ftp',
  gdrive: '@syncengine/google-drive',
};

/** How a package is loaded; tests bring their own. */
export type ImportModule = (name: string) => Promise<unknown>;

const importModule: ImportModule = (name) => import(name);

/**
 * The client for an address, made by the package that knows its scheme. Packages are loaded when an address asks for
 * them, and need not be installed otherwise.
 *
 * @param scheme in lower case, without the colon
 * @throws SyncEngineError `invalid-options` for a scheme that nobody knows and for a package that is not installed
 */
export async function createFromAdapter(
  scheme: string,
  url: URL,
  environment: Environment,
  load: ImportModule = importModule,
): Promise<StorageClient> {
  const name = Object.hasOwn(packages, scheme) ? packages[scheme] : undefined;
  if (name === undefined) {
    const known = Object.keys(packages).map((each) => `${each}://`);
    throw usageError(
      `${scheme}:// is no kind of storage that syncengine knows; give a folder, or an address with file://, ${known.join(', ')}.`,
    );
  }
  const adapter = await loadAdapter(name, scheme, load);
  return await adapter.createStorageClient(withFlags(url, name, environment), environment);
}

/** The words that flags for a kind of storage begin with. */
export const adapterWords: readonly string[] = Object.keys(packages);

/** What flags say counts for every address that the package handles, unless the address says it itself. */
function withFlags(url: URL, name: string, { adapterFlags = {} }: Environment): URL {
  const whole = new URL(url);
  for (const [word, settings] of Object.entries(adapterFlags)) {
    if (packages[word] !== name) continue;
    for (const [setting, value] of Object.entries(settings)) {
      if (!url.searchParams.has(setting)) whole.searchParams.set(setting, value);
    }
  }
  return whole;
}

async function loadAdapter(name: string, scheme: string, load: ImportModule): Promise<AdapterModule> {
  let adapter: unknown;
  try {
    adapter = await load(name);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    throw usageError(
      `${scheme}:// addresses are handled by the package ${name}, which is not installed. Install it with: pnpm add ${name}`,
      error,
    );
  }
  if (isAdapter(adapter)) return adapter;
  throw usageError(`The package ${name} that is installed does not fit this version of syncengine; update both.`);
}

/** True when it is that very package that could not be found, not something that it needs itself. */
function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${name}'`);
}

function isAdapter(module: unknown): module is AdapterModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'createStorageClient' in module &&
    typeof module.createStorageClient === 'function'
  );
}
