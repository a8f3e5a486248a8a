import { SyncEngineError } from '../errors.ts';
import type { PairFiles } from './pair-files.ts';

/** What is wrong with stored bytes, before it is known which file they are from. */
export class MalformedState extends Error {
  override readonly name = 'MalformedState';
}

export function stateCorrupt(files: PairFiles, file: string, reason: string, cause?: unknown): SyncEngineError {
  const { source, destination } = files.pair;
  const wayOut = `syncengine state reset ${JSON.stringify(source)} ${JSON.stringify(destination)}`;
  return new SyncEngineError(
    'state-corrupt',
    `The state file ${file} in ${files.store.location} is damaged: ${reason}. \`${wayOut}\` forgets the memory of ` +
      'this pair; no synchronised file is touched, and the next run merges the two sides like a first run.',
    { cause, details: { file, location: files.store.location, reason, source, destination } },
  );
}

export function stateUnsupported(files: PairFiles, file: string, version: number): SyncEngineError {
  return new SyncEngineError(
    'state-unsupported',
    `The state file ${file} in ${files.store.location} has format version ${version}, which a newer SyncEngine wrote. ` +
      'Use that one, or a newer one.',
    { details: { file, location: files.store.location, version } },
  );
}

/** For a reader without the lock, whose ground another run changed. */
export function stateChanging(files: PairFiles): SyncEngineError {
  return new SyncEngineError(
    'state-unavailable',
    `The state of this pair in ${files.store.location} changed while it was read: another run is going.`,
    { retry: 'yes', details: { location: files.store.location } },
  );
}
