import type { CaseFolding } from '../paths/index.ts';
import type { PairFiles, PairIdentity } from './pair-files.ts';
import { MalformedState, stateUnsupported } from './state-errors.ts';

/** Versions that are read. Snapshots of the first one hold their records as lines, like journals. */
const readVersions: readonly unknown[] = [1, 2];
const newestVersion = 2;

export type StateFormat = 'syncengine-base' | 'syncengine-journal';

/** The first line of a state file. Readable names go here: file names are digests. */
export interface StateHeader {
  readonly format: StateFormat;
  readonly version: number;
  readonly source: string;
  readonly destination: string;
  /** How keys are folded, and so in which order the records are. */
  readonly folding: CaseFolding;
  /** Of the snapshot, in the header of a journal: that of the snapshot it goes on from. */
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
  /** Stands while a reset is under way: the pair counts as never synchronised, and what else is left is void. */
  readonly reset: boolean;
}

export function makeHeader(
  pair: PairIdentity,
  fields: Pick<StateHeader, 'format' | 'folding' | 'generation' | 'writtenAt'> & { readonly reset?: boolean },
): StateHeader {
  const { source, destination } = pair;
  return {
    ...fields,
    version: fields.format === 'syncengine-base' ? 2 : 1,
    source,
    destination,
    reset: fields.reset ?? false,
  };
}

/**
 * Checks a header as far as its form goes.
 *
 * @throws MalformedState
 * @throws SyncEngineError `state-unsupported` for a format of the future
 */
export function parseHeader(value: unknown, format: StateFormat, files: PairFiles, file: string): StateHeader {
  if (typeof value !== 'object' || value === null) throw new MalformedState('it has no header');
  const fields = new Map<string, unknown>(Object.entries(value));
  if (fields.get('format') !== format) throw new MalformedState('it is no file of its kind');
  const version = fields.get('version');
  if (typeof version === 'number' && version > newestVersion) throw stateUnsupported(files, file, version);
  const [source, destination, folding] = [fields.get('source'), fields.get('destination'), fields.get('folding')];
  const [generation, writtenAt, reset] = [fields.get('generation'), fields.get('writtenAt'), fields.get('reset')];
  if (
    typeof version !== 'number' ||
    !readVersions.includes(version) ||
    typeof source !== 'string' ||
    typeof destination !== 'string' ||
    (folding !== 'exact' && folding !== 'ignore-case') ||
    typeof generation !== 'number' ||
    !Number.isInteger(generation) ||
    typeof writtenAt !== 'number' ||
    typeof reset !== 'boolean'
  ) {
    throw new MalformedState('its header is malformed');
  }
  return { format, version, source, destination, folding, generation, writtenAt, reset };
}

/** @throws MalformedState for a file that was put in the place of another pair's */
export function requireSamePair(header: StateHeader, pair: PairIdentity): void {
  if (header.source === pair.source && header.destination === pair.destination) return;
  throw new MalformedState(`it belongs to another pair, ${header.source} and ${header.destination}`);
}
