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
  type VersionRule,
} from '@syncengine/core';
import type { PairFlags } from './flags.ts';
import { pathFilter } from './path-filter.ts';
import { parseDeletionLimit, parseLimit, parseRate } from './quantities.ts';
import { usageError } from './usage.ts';
import { parseVersionRule } from './version-rule.ts';

/** What is said of a pair, by flags or by a configuration, in texts that mean the same in both. */
export interface PairSettings extends PairFlags {
  /** Days. */
  readonly trashDays?: number;
  /** Besides what `versions` says as text, which counts more. */
  readonly versionRule?: VersionRule;
  /** From the source's path to the destination's, besides those in `rename`. */
  readonly renames?: Readonly<Record<string, string>>;
}

/** What the settings of a pair mean, checked. What is `undefined` was not said. */
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
  /** Days that the trash is kept. */
  readonly trashDays: number;
  /** `undefined`: what gives way goes to the trash. */
  readonly versions: VersionRule | undefined;
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

/** How long the trash is kept, in days, unless something else is said. */
const defaultTrashDays = 30;

/** What the texts mean, one by one. */
interface FlagParsers {
  readonly mode: (text: string) => SyncMode;
  readonly compare: (text: string) => ComparisonMode;
  readonly conflict: (text: string) => ConflictStrategyName;
  readonly initial: (text: string) => InitialPreference;
  readonly symlinks: (text: string) => SymlinkPolicy;
  readonly ignoreFile: (text: string) => string;
  readonly include: (glob: string) => ScanFilter | undefined;
  readonly exclude: (glob: string) => ScanFilter | undefined;
  readonly transfers: (text: string) => number;
  readonly operations: (text: string) => number;
  /** Bytes. */
  readonly bandwidth: (text: string) => number;
  readonly maxDelete: (text: string) => DeletionLimit;
  readonly versions: (text: string) => VersionRule;
  readonly marker: (path: string) => string;
  readonly rename: (path: string) => string;
  readonly explain: (path: string) => string;
  readonly path: (path: string) => string;
}

/** Each throws `invalid-options` for a text that means nothing. */
export const parseFlagValues: FlagParsers = {
  mode: parseSyncMode,
  compare: parseComparisonMode,
  conflict: parseConflictStrategy,
  initial: parseInitial,
  symlinks: parseSymlinkPolicy,
  ignoreFile: parseIgnoreFileName,
  include: (text: string) => pathFilter([text], []),
  exclude: (text: string) => pathFilter([], [text]),
  transfers: (text: string) => parseLimit(text, '--transfers'),
  operations: (text: string) => parseLimit(text, '--operations'),
  bandwidth: parseRate,
  maxDelete: parseDeletionLimit,
  versions: parseVersionRule,
  marker: (text: string) => parsePath(text, '--marker'),
  rename: (text: string) => parsePath(text, '--rename'),
  explain: (text: string) => parsePath(text, '--explain'),
  path: (text: string) => parsePath(text, '--path'),
};

/** @throws SyncEngineError `invalid-options`, with what would be right instead */
export function parseSettings(settings: PairSettings): SyncSettings {
  const parse = parseFlagValues;
  return {
    mode: parse.mode(settings.mode ?? 'two-way'),
    compare: optional(settings.compare, parse.compare),
    conflict: optional(settings.conflict, parse.conflict),
    initial: optional(settings.initial, parse.initial),
    strict: settings.strict === true,
    symlinks: optional(settings.symlinks, parse.symlinks),
    ignorePatterns: settings.ignore ?? [],
    ignoreFileName: optional(settings.ignoreFile, parse.ignoreFile),
    excludeDotFiles: settings.excludeDotFiles === true,
    filter: pathFilter(settings.include ?? [], settings.exclude ?? []),
    transfers: optional(settings.transfers, parse.transfers),
    operations: optional(settings.operations, parse.operations),
    bytesPerSecond: optional(settings.bandwidth, parse.bandwidth),
    maximumDeletions: optional(settings.maxDelete, parse.maxDelete),
    marker: optional(settings.marker, parse.marker),
    trash: settings.trash !== false,
    trashDays: settings.trashDays ?? defaultTrashDays,
    versions: optional(settings.versions, parse.versions) ?? settings.versionRule,
    renames: { ...cleanRenames(settings.renames ?? {}), ...parseRenames(settings.rename ?? []) },
    allow: parseAllowedRails(settings.allow ?? []),
    skip: (settings.skip ?? []).map((path) => parsePath(path, '--skip')),
    force: settings.force === true,
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

function cleanRenames(renames: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { rename } = parseFlagValues;
  return Object.fromEntries(Object.entries(renames).map(([from, to]) => [rename(from), rename(to)]));
}

/** `from=to` pairs, as they are typed. */
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
