import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StorageClient } from '@syncengine/core';
import { adapterPackages } from './adapter-packages.ts';
import type { Environment } from './environment.ts';
import { installLine } from './install-line.ts';
import { usageError } from './usage.ts';

/** What the package of a storage exports for the command. */
export interface AdapterModule {
  /** The first words of the addresses that it handles, in lower case and without the colon. Of packages of others. */
  readonly schemes?: readonly string[];
  createStorageClient(url: URL, environment: Environment): StorageClient | Promise<StorageClient>;
}

/** How a package is loaded; tests bring their own. */
export type ImportModule = (name: string) => Promise<unknown>;

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
  load: ImportModule = importerFor(environment),
): Promise<StorageClient> {
  const name = Object.hasOwn(adapterPackages, scheme) ? adapterPackages[scheme] : undefined;
  if (name !== undefined) {
    const adapter = await loadAdapter(name, `${scheme}:// addresses are handled by`, environment, load);
    return await adapter.createStorageClient(withFlags(url, name, environment), environment);
  }
  for (const other of environment.adapters?.names ?? []) {
    const adapter = await loadAdapter(other, 'adapters: the configuration asks for', environment, load);
    if (schemesOf(adapter, other).includes(scheme)) return await adapter.createStorageClient(url, environment);
  }
  const known = Object.keys(adapterPackages).map((each) => `${each}://`);
  throw usageError(
    `${scheme}:// is no kind of storage that syncengine knows; give a folder, or an address with file://, ${known.join(', ')}. Packages of others are named under adapters in syncengine.json.`,
  );
}

/** @throws SyncEngineError `invalid-options` for a package that does not say what it handles */
export function schemesOf(adapter: AdapterModule, name: string): readonly string[] {
  const { schemes } = adapter;
  if (Array.isArray(schemes) && schemes.every((scheme) => typeof scheme === 'string')) return schemes;
  throw usageError(`The adapter ${name} does not export schemes, the first words of the addresses that it handles.`);
}

/** Looks beside the command first, then where the configuration stands. */
function importerFor({ adapters }: Environment): ImportModule {
  return async (name) => {
    if (adapters === undefined) return await import(name);
    if (name.startsWith('.')) return await import(pathToFileURL(join(adapters.folder, name)).href);
    try {
      return await import(name);
    } catch (error) {
      if (!isMissing(error, name)) throw error;
      const found = resolveFrom(adapters.folder, name);
      if (found === undefined) throw error;
      return await import(pathToFileURL(found).href);
    }
  };
}

function resolveFrom(folder: string, name: string): string | undefined {
  try {
    return createRequire(join(folder, 'syncengine.json')).resolve(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** What flags say counts for every address that the package handles, unless the address says it itself. */
function withFlags(url: URL, name: string, { adapterFlags = {} }: Environment): URL {
  const whole = new URL(url);
  for (const [word, settings] of Object.entries(adapterFlags)) {
    if (adapterPackages[word] !== name) continue;
    for (const [setting, value] of Object.entries(settings)) {
      if (!url.searchParams.has(setting)) whole.searchParams.set(setting, value);
    }
  }
  return whole;
}

/**
 * @param what it is needed for, in words that the name completes
 * @throws SyncEngineError `invalid-options` when it is not installed, with the line that installs it, or does not fit
 */
export async function loadAdapter(
  name: string,
  what: string,
  environment: Environment,
  load: ImportModule = importerFor(environment),
): Promise<AdapterModule> {
  let adapter: unknown;
  try {
    adapter = await load(name);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    const advice = name.startsWith('.')
      ? 'Correct the path.'
      : `Install it with: ${installLine(name, environment.cwd)}`;
    throw usageError(`${what} the package ${name}, which is not installed. ${advice}`, error);
  }
  if (isAdapter(adapter)) return adapter;
  throw usageError(`The package ${name} that is installed does not fit this version of syncengine; update both.`);
}

/** True when it is that very package that could not be found, not something that it needs itself. */
function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return false;
  return error.message.includes(name.startsWith('.') ? name.replace(/^(?:\.{1,2}\/)+/, '') : `'${name}'`);
}

function isAdapter(module: unknown): module is AdapterModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'createStorageClient' in module &&
    typeof module.createStorageClient === 'function'
  );
}
