import type { Command } from 'commander';

/** Flags that tell what is to be seen of a command, as commander hands them over. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Flags that name the pairs of a configuration, and where pairs are remembered. */
export interface PlaceFlags {
  readonly config?: string;
  readonly state?: string;
}

/** Flags that say what a pair is, as commander hands them over: texts that nobody has looked at. */
export interface PairFlags extends PlaceFlags {
  readonly mode?: string;
  readonly compare?: string;
  readonly conflict?: string;
  readonly initial?: string;
  readonly ignore?: readonly string[];
  readonly ignoreFile?: string;
  readonly excludeDotFiles?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly symlinks?: string;
  readonly strict?: boolean;
  readonly transfers?: string;
  readonly operations?: string;
  readonly bandwidth?: string;
  readonly maxDelete?: string;
  readonly marker?: string;
  readonly allow?: readonly string[];
  readonly skip?: readonly string[];
  readonly rename?: readonly string[];
  readonly trash?: boolean;
  readonly versions?: string;
  readonly force?: boolean;
}

/** The flags of `sync` and `plan`. */
export interface SyncFlags extends PairFlags, OutputFlags {
  readonly dryRun?: boolean;
  readonly explain?: readonly string[];
  readonly flat?: boolean;
  readonly logFormat?: string;
}

/** `[places...]`: two locations, or names of pairs, or nothing for all pairs of the configuration. */
export function addPlaces(command: Command): Command {
  return command
    .argument(
      '[places...]',
      'a source and a destination, each a folder or an address; or names of pairs in syncengine.json (default: all of them)',
    )
    .option('--config <file>', 'the configuration (default: "syncengine.json")')
    .option('--state <dir>', 'where the memory of pairs is kept');
}

/** The flags that say which part of two places is looked at, and how contents are compared. */
export function addChoiceFlags(command: Command): Command {
  return command
    .option(
      '--compare <mode>',
      'when two contents are equal: hash-then-mtime, hash-only, size-only, mtime-only or size-and-mtime (default: "hash-then-mtime")',
    )
    .option('--ignore <pattern>', 'leave out what matches, as a line of .gitignore would (repeatable)', collect)
    .option('--ignore-file <name>', 'name of the ignore files in the folders (default: ".syncignore")')
    .option('--exclude-dot-files', 'leave out what begins with a dot')
    .option('--include <glob>', 'only what matches, and what lies below it (repeatable)', collect)
    .option('--exclude <glob>', 'leave out what matches, and what lies below it (repeatable)', collect)
    .option('--symlinks <policy>', 'safe, preserve, follow or skip (default: "safe")')
    .option('--skip <path>', 'leave this path out of this run (repeatable)', collect)
    .option('--rename <from=to>', 'a path of the source has another name on the destination (repeatable)', collect);
}

export function addLimitFlags(command: Command): Command {
  return command
    .option('--transfers <n>', 'files transferred at once')
    .option('--operations <n>', 'other operations at once')
    .option('--bandwidth <rate>', 'bytes a second at most: 500k, 10M, 1.5MiB');
}

/** A flag that may be given several times. */
export function collect(value: string, collected: readonly string[] = []): readonly string[] {
  return [...collected, value];
}

/** Examples at the end of the help of a command; each of them is tried by the tests. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  syncengine ${line}\n`).join('')}`;
}
