import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalStorageClient, type Side, type StorageClient } from '@syncengine/core';
import { createFromAdapter } from './adapters.ts';
import type { Environment } from './environment.ts';
import { usageError } from './usage.ts';

/**
 * One letter is a Windows drive, not a scheme. Google Drive has no hosts, so its addresses need one slash at most, and a word
 * with a colon and a slash is rather a mistyped address than a folder.
 */
const address = /^(?:([a-z][a-z0-9+.-]+):\/|(gdrive):)/i;

/** True for what is no path: an address of whatever storage, known or not. */
export function isAddress(location: string): boolean {
  return /^file:/i.test(location) || address.test(location);
}

/**
 * The client for a location as it is typed: a path, a `file:` address, or an address of another storage.
 *
 * @throws SyncEngineError `invalid-options`
 */
export async function openLocation(location: string, side: Side, environment: Environment): Promise<StorageClient> {
  if (location === '') throw usageError(`The ${side} is empty; give a folder or an address.`);
  if (/^file:/i.test(location)) return new LocalStorageClient(pathOfFileAddress(location));
  const [, withHost, withoutHost] = address.exec(location) ?? [];
  const scheme = (withHost ?? withoutHost)?.toLowerCase();
  if (scheme === undefined) return new LocalStorageClient(resolve(environment.cwd, location));
  return await createFromAdapter(scheme, parseAddress(location, scheme, side), environment);
}

/** A location for people: without the password that an address may carry. */
export function nameOfLocation(location: string): string {
  return location.replace(/^([a-z][a-z0-9+.-]+:\/{1,2}[^/?#@:]*):[^/?#]*@/i, '$1:***@');
}

function parseAddress(location: string, scheme: string, side: Side): URL {
  // The address itself stays out of the message: it may carry a password.
  if (!URL.canParse(location)) throw usageError(`The ${side} is no valid ${scheme}:// address.`);
  return new URL(location);
}

function pathOfFileAddress(location: string): string {
  const message = `${JSON.stringify(location)} is no file: address of a folder on this machine.`;
  if (location.includes('%00')) throw usageError(message);
  try {
    return fileURLToPath(location);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(message, error);
  }
}
