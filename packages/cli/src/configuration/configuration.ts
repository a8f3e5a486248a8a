import type { Node } from 'jsonc-parser';
import { type PairSettings, parseFlagValues } from '../options.ts';
import { isPairName } from '../pair-name.ts';
import { usageError } from '../usage.ts';
import { isReference, requireReferences } from './environment-references.ts';
import type { Mistakes } from './mistakes.ts';
import { fields, list, named, offOr, type Read, text, textOr, textOrNumber, wholeNumber, yesOrNo } from './read.ts';

/** A place as the file tells it: references are not replaced yet. */
export interface ConfiguredPlace {
  readonly location: string;
  /** What the adapter is told, as behind the question mark of an address. */
  readonly settings: Readonly<Record<string, string>>;
  /** What the adapter finds in the environment, besides what is there. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it stands in the file, for what only turns out when it is used. */
  readonly node: Node;
}

export interface ConfiguredPair {
  readonly name: string;
  readonly source: ConfiguredPlace;
  /** By name; `undefined` where there is only one, which needs none. */
  readonly destinations: ReadonlyMap<string | undefined, ConfiguredPlace>;
  /** With the defaults of the file. */
  readonly settings: PairSettings;
}

/** What stands for a pair, or for one of its destinations, on the command line. */
export function namesOf({ name, destinations }: ConfiguredPair): readonly string[] {
  return [name, ...[...destinations.keys()].flatMap((key) => (key === undefined ? [] : [`${name}/${key}`]))];
}

/** What several pairs share. */
interface SharedLimitSettings {
  readonly transfers?: number;
  readonly operations?: number;
  /** Bytes a second as it was written. */
  readonly bandwidth?: string;
}

export interface ConfigurationContent {
  readonly pairs: readonly ConfiguredPair[];
  readonly limits: SharedLimitSettings;
  readonly state: string | undefined;
  /** Names of packages, or paths that begin with a dot. */
  readonly adapters: readonly string[];
}

const secretName = /password|passphrase|secret|token|(?:access|api|private)[-_]?key/i;

const place: Read<Omit<ConfiguredPlace, 'node'>> = textOr<Omit<ConfiguredPlace, 'node'>, Omit<ConfiguredPlace, 'node'>>(
  (node, mistakes) => {
    const location = locationText(node, mistakes);
    return location === undefined ? undefined : { location, settings: {}, environment: {} };
  },
  (node, mistakes) => {
    const value = fields({ location: locationText, settings: secretsByReference, environment: secretsByReference }, [
      'location',
    ])(node, mistakes);
    if (value?.location === undefined) return undefined;
    return { location: value.location, settings: value.settings ?? {}, environment: value.environment ?? {} };
  },
);

const placeWithNode: Read<ConfiguredPlace> = (node, mistakes) => {
  const value = place(node, mistakes);
  return value === undefined ? undefined : { ...value, node };
};

function locationText(node: Node, mistakes: Mistakes): string | undefined {
  return text((location) => {
    requireReferences(location);
    // A reference may stand for a password; a password itself may not stand there.
    const password = /^[a-z][a-z0-9+.-]+:\/\/[^/?#@]*:([^/?#]*)@/i.exec(location)?.[1];
    if (password === undefined || password === '' || isReference(password)) return;
    throw usageError(`a password does not belong in this file; keep it in the environment and refer to it: \${NAME}.`);
  })(node, mistakes);
}

function secretsByReference(node: Node, mistakes: Mistakes): Readonly<Record<string, string>> | undefined {
  const values = named(text(requireReferences))(node, mistakes);
  for (const child of node.children ?? []) {
    const [nameNode, valueNode] = child.children ?? [];
    if (nameNode === undefined || typeof valueNode?.value !== 'string') continue;
    if (!secretName.test(String(nameNode.value)) || isReference(valueNode.value)) continue;
    mistakes.at(
      valueNode,
      `a secret does not belong in this file; keep it in the environment and refer to it: \${NAME}.`,
    );
  }
  return values;
}

const limitFields = {
  transfers: wholeNumber(1),
  operations: wholeNumber(1),
  bandwidth: textOrNumber(parseFlagValues.bandwidth),
};

const versionFields = {
  days: wholeNumber(1),
  count: wholeNumber(1),
  hourly: wholeNumber(1),
  daily: wholeNumber(1),
  weekly: wholeNumber(1),
  monthly: wholeNumber(1),
} as const;

/** What can be said of a pair, and in the defaults. */
const settingFields = {
  mode: text(parseFlagValues.mode),
  comparison: text(parseFlagValues.compare),
  conflict: text(parseFlagValues.conflict),
  initial: text(parseFlagValues.initial),
  strict: yesOrNo,
  symlinks: text(parseFlagValues.symlinks),
  ignore: list(text()),
  ignoreFileName: text(parseFlagValues.ignoreFile),
  excludeDotFiles: yesOrNo,
  include: list(text(parseFlagValues.include)),
  exclude: list(text(parseFlagValues.exclude)),
  renames: named(text(parseFlagValues.rename), nameOfRename),
  marker: text(parseFlagValues.marker),
  maximumDeletions: textOrNumber(parseFlagValues.maxDelete),
  trash: offOr(fields({ keepDays: wholeNumber(0) })),
  versions: offOr(fields(versionFields)),
  limits: fields(limitFields),
} as const;

const readSettings = fields(settingFields);

const pairFields = {
  source: placeWithNode,
  destination: textOr<ConfiguredPlace, ConfiguredPlace | Readonly<Record<string, ConfiguredPlace>>>(
    placeWithNode,
    oneOrSeveral,
  ),
  ...settingFields,
} as const;

/** An object with a `location` is one place, any other holds several by name. */
function oneOrSeveral(
  node: Node,
  mistakes: Mistakes,
): ConfiguredPlace | Readonly<Record<string, ConfiguredPlace>> | undefined {
  const names = (node.children ?? []).map(({ children }) => children?.[0]?.value);
  if (names.includes('location')) return placeWithNode(node, mistakes);
  const places = named(placeWithNode, checkName)(node, mistakes);
  if (node.type === 'object' && names.length === 0)
    return mistakes.at(node, 'names no destination; give at least one.');
  return places;
}

const fileFields = {
  $schema: text(),
  defaults: readSettings,
  limits: fields(limitFields),
  state: text(),
  adapters: list(text()),
  pairs: named(fields(pairFields, ['source', 'destination']), checkName),
} as const;

/** What a whole file says. Mistakes are noted; where there are any, the answer is of no use. */
export function readConfiguration(root: Node, mistakes: Mistakes): ConfigurationContent | undefined {
  const file = fields(fileFields, ['pairs'])(root, mistakes);
  if (file?.pairs === undefined) return undefined;
  const defaults = settingsOf(file.defaults ?? {});
  const pairs = Object.entries(file.pairs).flatMap(([name, pair]): readonly ConfiguredPair[] => {
    if (pair.source === undefined || pair.destination === undefined) return [];
    const settings = mergeSettings(defaults, settingsOf(pair));
    return [{ name, source: pair.source, destinations: destinationsOf(pair.destination), settings }];
  });
  if (Object.keys(file.pairs).length === 0) mistakes.at(root, 'pairs: names no pair; give at least one.');
  return { pairs, limits: file.limits ?? {}, state: file.state, adapters: file.adapters ?? [] };
}

function destinationsOf(
  destination: ConfiguredPlace | Readonly<Record<string, ConfiguredPlace>>,
): ReadonlyMap<string | undefined, ConfiguredPlace> {
  // One place has its location as text; in several, that name would have been taken for one place.
  if (isOnePlace(destination)) return new Map([[undefined, destination]]);
  return new Map(Object.entries(destination));
}

function isOnePlace(
  destination: ConfiguredPlace | Readonly<Record<string, ConfiguredPlace>>,
): destination is ConfiguredPlace {
  return typeof destination.location === 'string';
}

function settingsOf(pair: NonNullable<ReturnType<typeof readSettings>>): PairSettings {
  const { mode, comparison, conflict, initial, strict, symlinks, ignore, ignoreFileName, excludeDotFiles } = pair;
  const { include, exclude, renames, marker, maximumDeletions, trash, versions, limits = {} } = pair;
  return withoutUndefined({
    mode,
    compare: comparison,
    conflict,
    initial,
    strict,
    symlinks,
    ignore,
    ignoreFile: ignoreFileName,
    excludeDotFiles,
    include,
    exclude,
    renames,
    marker,
    maxDelete: maximumDeletions,
    trash: trash === undefined ? undefined : trash !== false,
    trashDays: typeof trash === 'object' ? trash.keepDays : undefined,
    versionRule: versions === false || versions === undefined ? undefined : versions === true ? {} : versions,
    transfers: textOf(limits.transfers),
    operations: textOf(limits.operations),
    bandwidth: limits.bandwidth,
  });
}

/** Later ones count more; patterns are added to the earlier ones. */
export function mergeSettings(earlier: PairSettings, later: PairSettings): PairSettings {
  const both = (name: 'ignore' | 'include' | 'exclude'): readonly string[] => [
    ...(earlier[name] ?? []),
    ...(later[name] ?? []),
  ];
  return { ...earlier, ...later, ignore: both('ignore'), include: both('include'), exclude: both('exclude') };
}

function withoutUndefined(
  settings: { readonly [Name in keyof PairSettings]: PairSettings[Name] | undefined },
): PairSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function textOf(number: number | undefined): string | undefined {
  return number === undefined ? undefined : String(number);
}

function checkName(name: string): string | undefined {
  return isPairName(name)
    ? undefined
    : 'a name begins with a letter or a digit and holds letters, digits, . _ and - only.';
}

function nameOfRename(path: string): string | undefined {
  try {
    parseFlagValues.rename(path);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The fields that there are, for whoever describes them elsewhere. */
export const fieldNames: {
  readonly file: readonly string[];
  readonly pair: readonly string[];
  readonly defaults: readonly string[];
} = {
  file: Object.keys(fileFields),
  pair: Object.keys(pairFields),
  defaults: Object.keys(settingFields),
};
