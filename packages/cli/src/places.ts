import type { Side, StorageClient } from '@syncengine/core';
import type { Environment } from './environment.ts';
import { isAddress, openLocation } from './locations.ts';
import { usageError } from './usage.ts';

/** Where one side of a pair is, as far as it was said. */
export interface Place {
  /** A path, or an address. */
  readonly location: string;
  /** What the adapter is told besides the address. */
  readonly settings: Readonly<Record<string, string>>;
  /** What the adapter finds in the environment, besides what is there. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A location as it was typed. */
export function placeOf(location: string): Place {
  return { location, settings: {}, environment: {} };
}

/** @throws SyncEngineError `invalid-options`, and what the adapter throws */
export async function openPlace(place: Place, side: Side, environment: Environment): Promise<StorageClient> {
  const env = { ...environment.env, ...place.environment };
  return await openLocation(withSettings(place, side), side, { ...environment, env });
}

function withSettings({ location, settings }: Place, side: Side): string {
  const entries = Object.entries(settings);
  if (entries.length === 0) return location;
  if (!isAddress(location) || /^file:/i.test(location)) {
    throw usageError(`The ${side} is a folder, which has no settings; remove them.`);
  }
  const query = new URLSearchParams(entries).toString();
  return `${location}${location.includes('?') ? '&' : '?'}${query}`;
}
