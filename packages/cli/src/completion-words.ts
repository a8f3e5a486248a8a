import type { Command, Option } from 'commander';

/** What can be typed after a command, as data. */
export interface CompletedCommand {
  /** `['state', 'dump']`; the program itself has none. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly commands: ReadonlyArray<{ readonly name: string; readonly summary: string }>;
  readonly flags: readonly CompletedFlag[];
  /** True where names of pairs can stand. */
  readonly takesPairs: boolean;
}

export interface CompletedFlag {
  /** With its hyphens. */
  readonly long: string;
  /** With its hyphen; some have none. */
  readonly short: string | undefined;
  readonly description: string;
  /** What it takes; `undefined` for a flag without a value. */
  readonly takes: 'words' | 'files' | 'anything' | undefined;
  readonly words: readonly string[];
}

const modes = ['two-way', 'source-to-destination', 'source-backup', 'destination-to-source', 'destination-backup'];
const comparisons = ['hash-then-mtime', 'hash-only', 'size-only', 'mtime-only', 'size-and-mtime'];
const rails = ['lock', 'root-missing', 'root-emptied', 'deletions', 'marker', 'space', 'incomplete-scan'];

/** The values of flags that have only a few. */
const valuesOf: Readonly<Record<string, readonly string[]>> = {
  '--mode': modes,
  '--compare': comparisons,
  '--conflict': ['keep-both', 'newest', 'source', 'destination', 'manual'],
  '--initial': ['merge', 'source', 'destination'],
  '--symlinks': ['safe', 'preserve', 'follow', 'skip'],
  '--allow': rails,
  '--keep': ['source', 'destination', 'both'],
  '--log-format': ['text', 'json'],
};

const flagsOfFiles: ReadonlySet<string> = new Set(['--config', '--state', '--source', '--destination']);

/** The program and all its commands, those inside others too. */
export function completedCommands(program: Command): readonly CompletedCommand[] {
  return completed(program, []);
}

function completed(command: Command, path: readonly string[]): readonly CompletedCommand[] {
  const help = { long: '--help', short: '-h', description: 'print this help', takes: undefined, words: [] };
  return [
    {
      path,
      summary: command.summary(),
      commands: command.commands.map((each) => ({ name: each.name(), summary: each.summary() || each.description() })),
      flags: [...command.options.map(completedFlag), help],
      takesPairs: command.registeredArguments.some(
        (argument) => argument.name() === 'places' || argument.name() === 'place',
      ),
    },
    ...command.commands.flatMap((each) => completed(each, [...path, each.name()])),
  ];
}

function completedFlag({ long, short, description, required, optional }: Option): CompletedFlag {
  const name = long ?? '';
  const words = valuesOf[name] ?? [];
  const takes =
    !required && !optional ? undefined : words.length > 0 ? 'words' : flagsOfFiles.has(name) ? 'files' : 'anything';
  return { long: name, short, description, takes, words };
}
