import { asSyncEngineError, isAbortError, type RailCode, type Side, SyncEngineError } from '../errors.ts';
import { isAt, type Landmark } from '../scan/index.ts';
import type { StateFolder } from '../state/index.ts';
import type { DirectoryEntry, Entry, StorageClient } from '../storage/index.ts';
import type { EngineSettings } from './settings.ts';

export interface RootCheck {
  readonly settings: EngineSettings;
  /** True once something was ever in sync. */
  readonly known: boolean;
  readonly allow: ReadonlySet<RailCode>;
  readonly signal: AbortSignal;
}

/** Which roots are there. A missing one is empty, and made before the first effect. */
export interface Roots {
  readonly source: boolean;
  readonly destination: boolean;
  /** What the scan of each side must not go into. */
  readonly landmarks: { readonly source: readonly Landmark[]; readonly destination: readonly Landmark[] };
}

/**
 * Looks at both roots and at their markers, before anything is read.
 *
 * @throws SyncEngineError `root-missing`, `root-not-a-directory`, `root-unreadable`, `same-root`, `rail-root-missing`,
 *   `rail-marker`
 */
export async function checkRoots(check: RootCheck): Promise<Roots> {
  const { settings } = check;
  const [source, destination] = await Promise.all([lookAt('source', check), lookAt('destination', check)]);
  const isComparable = originOf(settings.source.id) === originOf(settings.destination.id);
  if (isComparable && source?.identity !== undefined && source.identity === destination?.identity) {
    throw new SyncEngineError(
      'same-root',
      `Source ${settings.source.id} and destination ${settings.destination.id} are the same folder under two names.`,
    );
  }
  await Promise.all([requireMarker('source', check), requireMarker('destination', check)]);
  const state = await settings.state.folder();
  return {
    source: source !== undefined,
    destination: destination !== undefined,
    landmarks: {
      source: landmarksFor(settings.source, { root: settings.destination, entry: destination, state }),
      destination: landmarksFor(settings.destination, { root: settings.source, entry: source, state }),
    },
  };
}

/**
 * Looks before state is opened, and so made.
 *
 * @throws SyncEngineError `invalid-options` when state is to be kept right in a root
 */
export async function requireStateApart(settings: EngineSettings, signal: AbortSignal): Promise<void> {
  const state = await settings.state.folder();
  if (state === undefined) return;
  for (const side of ['source', 'destination'] as const) {
    const client = settings[side];
    if (originOf(client.id) !== originOf(state.id)) continue;
    const root = await rootOf(client, side, signal);
    if (root?.kind !== 'directory' || !isAt(root, state.entry)) continue;
    const message = `State cannot be kept in ${state.id}, because that is the ${side} itself; choose another folder for it.`;
    throw new SyncEngineError('invalid-options', message, { side });
  }
}

/** By identity, so that no link, mount or spelling hides them. */
function landmarksFor(
  client: StorageClient,
  other: {
    readonly root: StorageClient;
    readonly entry: DirectoryEntry | undefined;
    readonly state: StateFolder | undefined;
  },
): readonly Landmark[] {
  const { root, entry, state } = other;
  const landmarks: Landmark[] = [];
  if (entry !== undefined && originOf(root.id) === originOf(client.id)) {
    landmarks.push({ what: 'other-root', id: root.id, entry });
  }
  if (state !== undefined && originOf(state.id) === originOf(client.id)) landmarks.push({ what: 'state', ...state });
  return landmarks;
}

/**
 * Makes the roots that are missing, right before the first effect.
 *
 * @throws SyncEngineError `root-not-a-directory` when a file stands in the way, else what the store answers
 */
export async function makeRoots(settings: EngineSettings, roots: Roots, signal: AbortSignal): Promise<void> {
  for (const side of ['source', 'destination'] as const) {
    const client = settings[side];
    if (roots[side]) continue;
    if ((await rootOf(client, side, signal)) !== undefined) continue;
    try {
      await client.makeDirectory('', { signal });
    } catch (error) {
      if (isAbortError(error)) throw error;
      throw notMade(client, side, asSyncEngineError(error, ''));
    }
  }
}

function notMade(client: StorageClient, side: Side, cause: SyncEngineError): SyncEngineError {
  const isFile = cause.code === 'not-a-directory';
  const reason = isFile ? 'a file stands where a folder above it should be.' : cause.message;
  const message = `The ${side} ${client.id} cannot be made: ${reason} Nothing was changed.`;
  const code = isFile ? 'root-not-a-directory' : cause.code;
  return new SyncEngineError(code, message, { cause, side, path: '', retry: cause.retry });
}

/** An identity means something only inside one store: the disks of this machine, one server. */
function originOf(id: string): string {
  return /^[^/]+:\/\/[^/]*/.exec(id)?.[0] ?? id;
}

async function lookAt(side: Side, check: RootCheck): Promise<DirectoryEntry | undefined> {
  const client = check.settings[side];
  const root = await rootOf(client, side, check.signal);
  if (root !== undefined) {
    if (root.kind === 'directory') return root;
    throw new SyncEngineError('root-not-a-directory', `The ${side} ${client.id} is no folder but a ${root.kind}.`, {
      side,
    });
  }
  if (check.known) {
    if (check.allow.has('rail-root-missing')) return undefined;
    throw new SyncEngineError(
      'rail-root-missing',
      `The ${side} ${client.id} is missing, but it was in sync before. Nothing was changed. Is its disk mounted? If it is meant to be gone, allow root-missing for one run.`,
      { side, path: '' },
    );
  }
  if (side === followerOf(check.settings)) return undefined;
  throw new SyncEngineError(
    'root-missing',
    `The ${side} ${client.id} does not exist. Check its spelling, or make the folder.`,
    {
      side,
      path: '',
    },
  );
}

async function rootOf(client: StorageClient, side: Side, signal: AbortSignal): Promise<Entry | undefined> {
  return await readable(client, side, () => client.stat('', { signal }));
}

/** @throws SyncEngineError `root-unreadable` for whatever keeps a side from being looked at before the run begins */
export async function readable<Result>(
  client: StorageClient,
  side: Side,
  look: () => Promise<Result>,
): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (isAbortError(error)) throw error;
    throw unreadable(client, side, asSyncEngineError(error, ''));
  }
}

function unreadable(client: StorageClient, side: Side, cause: SyncEngineError): SyncEngineError {
  const { retry } = cause;
  const message = `The ${side} ${client.id} cannot be read: ${cause.message}`;
  return new SyncEngineError('root-unreadable', message, { cause, side, path: '', retry });
}

/** The side that a first run may make. */
function followerOf({ mode }: EngineSettings): Side {
  return mode.leader === 'destination' ? 'source' : 'destination';
}

async function requireMarker(side: Side, { settings, allow, signal }: RootCheck): Promise<void> {
  const { marker } = settings;
  if (marker === undefined || allow.has('rail-marker')) return;
  const client = settings[side];
  const entry = await client.stat(marker, { signal });
  if (entry?.kind === 'file') return;
  throw new SyncEngineError(
    'rail-marker',
    `The ${side} ${client.id} lacks the marker file ${JSON.stringify(marker)}. Nothing was changed. Is its disk mounted? If so, put the file there, or allow marker for one run.`,
    { side, path: marker },
  );
}
