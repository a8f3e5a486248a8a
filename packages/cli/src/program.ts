import { readFileSync } from 'node:fs';
import { Command } from 'commander';

/** The flags of `sync` and `plan` as commander hands them over: texts that nobody has looked at. */
export interface SyncFlags {
  readonly mode: string;
  readonly compare?: string;
  readonly conflict?: string;
  readonly initial?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly state?: string;
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
  readonly trash: boolean;
  readonly force?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** The flags of `state dump` and `state reset`. */
export interface StateFlags {
  readonly state?: string;
  readonly allow?: readonly string[];
}

/** What the command can be told to do. */
export interface Commands {
  sync(source: string, destination: string, flags: SyncFlags): Promise<void>;
  dumpState(source: string, destination: string, flags: StateFlags): Promise<void>;
  resetState(source: string, destination: string, flags: StateFlags): Promise<void>;
}

/** Where help and complaints about the usage go. */
export interface ProgramOutput {
  writeOut(text: string): void;
  writeErr(text: string): void;
}

/** The command line as data: commands, flags and their help. Throws `CommanderError` instead of ending the process. */
export function createProgram(commands: Commands, output: ProgramOutput): Command {
  const program = new Command('syncengine')
    .description('Keeps two places in sync.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({
      ...output,
      outputError: (text, write) => write(text.replace(/^error:/, 'syncengine:')),
    })
    .showHelpAfterError('(syncengine --help tells what is possible.)')
    .addHelpText('after', storages + exitCodes + examples('sync ~/documents ~/backup/documents', 'sync --help'));
  const { sync } = commands;
  addSyncFlags(
    addLocations(program.command('sync'))
      .summary('bring two places in sync')
      .option('-n, --dry-run', 'tell what would be done, and do nothing'),
  )
    .description('Brings two places in sync. Each is a folder or an address.')
    .addHelpText(
      'after',
      examples(
        'sync ~/documents ~/backup/documents',
        'sync ~/documents ~/backup/documents --dry-run',
        'sync ~/photos ~/usb/photos --mode source-backup --marker .disk-is-here',
        "sync ~/site ~/mirror/site --mode std --exclude '*.tmp' --max-delete 100",
        'sync ~/documents ~/backup/documents --json --quiet',
      ),
    )
    .action(sync);
  addSyncFlags(addLocations(program.command('plan')).summary('tell what sync would do'))
    .description('Tells what sync would do, and does nothing. The same as sync --dry-run.')
    .addHelpText('after', examples('plan ~/documents ~/backup/documents', 'plan ~/documents ~/backup/documents --json'))
    .action((source: string, destination: string, flags: SyncFlags) =>
      sync(source, destination, { ...flags, dryRun: true }),
    );
  addStateCommands(program, commands);
  return program;
}

function addSyncFlags(command: Command): Command {
  return command
    .option(
      '--mode <mode>',
      `two-way (tw), source-to-destination (std), source-backup (sb), destination-to-source (dts) or destination-backup (db)`,
      'two-way',
    )
    .option(
      '--compare <mode>',
      'when two contents are equal: hash-then-mtime, hash-only, size-only, mtime-only or size-and-mtime (default: "hash-then-mtime")',
    )
    .option(
      '--conflict <strategy>',
      'what becomes of a path that both sides changed: keep-both, newest, source, destination or manual (default: "keep-both")',
    )
    .option(
      '--initial <preference>',
      'on the first run: merge, or the side that is right: source or destination (default: "merge")',
    )
    .option('--strict', 'a deletion against a change is a conflict, instead of the change surviving')
    .option('--ignore <pattern>', 'leave out what matches, as a line of .gitignore would (repeatable)', collect)
    .option('--ignore-file <name>', 'name of the ignore files in the folders (default: ".syncignore")')
    .option('--exclude-dot-files', 'leave out what begins with a dot')
    .option('--include <glob>', 'only what matches, and what lies below it (repeatable)', collect)
    .option('--exclude <glob>', 'leave out what matches, and what lies below it (repeatable)', collect)
    .option('--symlinks <policy>', 'safe, preserve, follow or skip (default: "safe")')
    .option('--skip <path>', 'leave this path out of this run (repeatable)', collect)
    .option('--rename <from=to>', 'a path of the source has another name on the destination (repeatable)', collect)
    .option('--force', 'transfer files although they are equal')
    .option('--max-delete <n|n%>', 'stop before deleting more files than this (default: "50%")')
    .option('--marker <file>', 'stop unless this file stands on both sides')
    .option(
      '--allow <rail>',
      'lift a safety rail for this run: lock, root-missing, root-emptied, deletions, marker, space or incomplete-scan (repeatable)',
      collect,
      [],
    )
    .option('--no-trash', 'do not keep what is overwritten and deleted')
    .option('--transfers <n>', 'files transferred at once')
    .option('--operations <n>', 'other operations at once')
    .option('--bandwidth <rate>', 'bytes a second at most: 500k, 10M, 1.5MiB')
    .option('--state <dir>', 'where the memory of the pair is kept')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print problems and errors only')
    .option('-v, --verbose', 'print each operation with its reason');
}

function addStateCommands(program: Command, commands: Commands): void {
  const state = program
    .command('state')
    .summary('look at the memory of a pair, or delete it')
    .description('What a pair of places agreed on when it was last in sync.')
    .addHelpText('after', examples('state dump ~/documents ~/backup/documents'));
  addLocations(state.command('dump').summary('print it'))
    .description('Prints what is remembered of a pair: one JSON record per line and path.')
    .option('--state <dir>', 'where the memory of the pair is kept')
    .addHelpText('after', examples('state dump ~/documents ~/backup/documents'))
    .action(commands.dumpState);
  addLocations(state.command('reset').summary('delete it'))
    .description(
      'Deletes what is remembered of a pair. No file of either side is touched; the next run is a first run.',
    )
    .option('--state <dir>', 'where the memory of the pair is kept')
    .option('--allow <rail>', 'lock: take the lock over from a run that is known to be gone (repeatable)', collect)
    .addHelpText('after', examples('state reset ~/documents ~/backup/documents'))
    .action(commands.resetState);
}

function addLocations(command: Command): Command {
  return command
    .argument('<source>', 'a folder or an address')
    .argument('<destination>', 'a folder or an address; a missing folder is created on the first run');
}

function collect(value: string, collected: readonly string[] = []): readonly string[] {
  return [...collected, value];
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  syncengine ${line}\n`).join('')}`;
}

const storages = `
Storages:
  What a kind of storage can be told stands behind its address, s3://bucket/folder?region=eu-west-1, or in flags that count
  for all its addresses: --s3-region eu-west-1. Secrets are taken from the environment only. The README of each storage's
  package tells what there is: @syncengine/s3, @syncengine/sftp, @syncengine/ftp, @syncengine/google-drive.
`;

const exitCodes = `
Exit codes:
  0    finished and clean
  1    failed
  2    bad usage or configuration
  3    finished, but conflicts or problems remain
  4    stopped by a safety rail, nothing was changed
  130  interrupted; the next run goes on
`;

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new TypeError('The package.json of the command has no version.');
}
