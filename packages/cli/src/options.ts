import {
  type ComparisonMode,
  type ConflictStrategyName,
  type DeletionLimit,
  type InitialPreference,
  isSyncEngineError,
  parseComparisonMode,
  parseConflictStrategy,
  parseSymlinkPolicy,
  parseSyncMode,
  type RailCode,
  type ScanFilter,
  type SymlinkPolicy,
  type SyncMode,
} from '@syncengine/core';
import { pathFilter } from './path-filter.ts';
import type { SyncFlags } from './program.ts';
import { parseDeletionLimit, parseLimit, parseRate } from './quantities.ts';
import { usageError } from './usage.ts';

/** What the flags of `sync` and `plan` mean, checked. What is `undefined` was not said. */
export interface SyncSettings {
  readonly mode: SyncMode;
  readonly compare: ComparisonMode | undefined;
  readonly conflict: ConflictStrategyName | undefined;
  readonly initial: InitialPreference | undefined;
  readonly strict: boolean;
  readonly symlinks: SymlinkPolicy | undefined;
  readonly ignorePatterns: readonly string[];
  readonly ignoreFileName: string | undefined;
  readonly excludeDotFiles: boolean;
  readonly filter: ScanFilter | undefined;
  readonly transfers: number | undefined;
  readonly operations: number | undefined;
  /** Bytes. */
  readonly bytesPerSecond: number | undefined;
  readonly maximumDeletions: DeletionLimit | undefined;
  readonly marker: string | undefined;
  readonly trash: boolean;
  /** From the source's path to the destination's. */
  readonly renames: Readonly<Record<string, string>>;
  readonly allow: readonly RailCode[];
  readonly skip: readonly string[];
  readonly force: boolean;
}

const initialPreferences: readonly InitialPreference[] = ['merge', 'source', 'destination'];

const rails: Readonly<Record<string, RailCode>> = {
  lock: 'rail-lock',
  'root-missing': 'rail-root-missing',
  'root-emptied': 'rail-root-emptied',
  deletions: 'rail-deletions',
  marker: 'rail-marker',
  space: 'rail-space',
  'incomplete-scan': 'rail-incomplete-scan',
};

/** @throws SyncEngineError `invalid-options`, with what would be right instead */
export function parseSyncFlags(flags: SyncFlags): SyncSettings {
  if (flags.quiet === true && flags.verbose === true) throw usageError('--quiet and --verbose contradict each other.');
  return {
    mode: parseSyncMode(flags.mode),
    compare: optional(flags.compare, parseComparisonMode),
    conflict: optional(flags.conflict, parseConflictStrategy),
    initial: optional(flags.initial, parseInitial),
    strict: flags.strict === true,
    symlinks: optional(flags.symlinks, parseSymlinkPolicy),
    ignorePatterns: flags.ignore ?? [],
    ignoreFileName: optional(flags.ignoreFile, parseIgnoreFileName),
    excludeDotFiles: flags.excludeDotFiles === true,
    filter: pathFilter(flags.include ?? [], flags.exclude ?? []),
    transfers: optional(flags.transfers, (text) => parseLimit(text, '--transfers')),
    operations: optional(flags.operations, (text) => parseLimit(text, '--operations')),
    bytesPerSecond: optional(flags.bandwidth, parseRate),
    maximumDeletions: optional(flags.maxDelete, parseDeletionLimit),
    marker: optional(flags.marker, (text) => parsePath(text, '--marker')),
    trash: flags.trash,
    renames: parseRenames(flags.rename ?? []),
    allow: parseAllowedRails(flags.allow ?? []),
    skip: (flags.skip ?? []).map((path) => parsePath(path, '--skip')),
    force: flags.force === true,
  };
}

/** Names of rails as they are typed, without the `rail-` that their codes begin with; with it is fine too. */
export function parseAllowedRails(names: readonly string[]): readonly RailCode[] {
  return names.map((name) => {
    const plain = name.toLowerCase().replace(/^rail-/, '');
    const code = Object.hasOwn(rails, plain) ? rails[plain] : undefined;
    if (code !== undefined) return code;
    throw usageError(`${JSON.stringify(name)} is no safety rail; choose from ${Object.keys(rails).join(', ')}.`);
  });
}

/** The way to say on the command line that a rail is lifted for one run. */
export function flagToAllow(code: RailCode): string {
  return `--allow ${code.slice('rail-'.length)}`;
}

/** The canonical name of a mode, or the text as it is where it names none. */
export function nameOfMode(text: string): string {
  try {
    return parseSyncMode(text).name;
  } catch (error) {
    if (isSyncEngineError(error, 'invalid-options')) return text;
    throw error;
  }
}

function parseInitial(text: string): InitialPreference {
  const preference = initialPreferences.find((candidate) => candidate === text.toLowerCase());
  if (preference !== undefined) return preference;
  throw usageError(
    `${JSON.stringify(text)} is no preference for the first run; choose one of ${initialPreferences.join(', ')}.`,
  );
}

function parseIgnoreFileName(text: string): string {
  if (text !== '' && text !== '.' && text !== '..' && !/[\\/\0]/.test(text)) return text;
  throw usageError(`--ignore-file takes a plain file name, such as .syncignore, not ${JSON.stringify(text)}.`);
}

/** A path below the root, in the one spelling that the core knows. A leading `./` and a slash at the end are dropped. */
function parsePath(text: string, flag: string): string {
  const path = text.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
  const names = path.split('/');
  if (names.every((name) => name !== '' && name !== '.' && name !== '..')) return path;
  throw usageError(
    `${flag} takes a path inside the synchronised folder, such as photos/2026, not ${JSON.stringify(text)}.`,
  );
}

function parseRenames(pairs: readonly string[]): Readonly<Record<string, string>> {
  const renames = new Map<string, string>();
  for (const pair of pairs) {
    const sign = pair.indexOf('=');
    if (sign === -1) throw usageError(`--rename takes from=to, not ${JSON.stringify(pair)}.`);
    const from = parsePath(pair.slice(0, sign), '--rename');
    if (renames.has(from)) throw usageError(`--rename was given twice for ${JSON.stringify(from)}.`);
    renames.set(from, parsePath(pair.slice(sign + 1), '--rename'));
  }
  return Object.fromEntries(renames);
}

function optional<Value>(text: string | undefined, parse: (text: string) => Value): Value | undefined {
  return text === undefined ? undefined : parse(text);
}
