import type { Command } from 'commander';
import type { Environment } from './environment.ts';
import { addChoiceFlags, addLimitFlags, addPlaces, collect, examples, type SyncFlags } from './flags.ts';
import type { ExitCode } from './outcome.ts';
import type { Perform } from './perform.ts';

/** `sync` */
export function defineSync(program: Command, perform: Perform): void {
  addSyncFlags(
    addPlaces(program.command('sync'))
      .summary('bring places in sync')
      .option('-n, --dry-run', 'tell what would be done, and do nothing'),
  )
    .description('Brings two places in sync, or the pairs of a configuration: all of them, or those that are named.')
    .addHelpText(
      'after',
      examples(
        'sync ~/documents ~/backup/documents',
        'sync ~/documents ~/backup/documents --dry-run',
        'sync ~/photos ~/usb/photos --mode source-backup --marker .disk-is-here',
        "sync ~/site ~/mirror/site --mode std --exclude '*.tmp' --max-delete 100",
        'sync ~/documents ~/backup/documents --mode std --versions days=30,weekly=52',
        'sync ~/documents ~/backup/documents --json --quiet',
        'sync',
        'sync documents --bandwidth 10M',
      ),
    )
    .action((places: readonly string[], flags: SyncFlags) => perform((environment) => run(places, flags, environment)));
}

/** `plan` */
export function definePlan(program: Command, perform: Perform): void {
  addSyncFlags(addPlaces(program.command('plan')).summary('tell what sync would do'))
    .description('Tells what sync would do, and does nothing. The same as sync --dry-run.')
    .addHelpText(
      'after',
      examples(
        'plan ~/documents ~/backup/documents',
        'plan ~/documents ~/backup/documents --explain notes.txt',
        'plan ~/documents ~/backup/documents --json',
        'plan documents',
      ),
    )
    .action((places: readonly string[], flags: SyncFlags) =>
      perform((environment) => run(places, { ...flags, dryRun: true }, environment)),
    );
}

async function run(places: readonly string[], flags: SyncFlags, environment: Environment): Promise<ExitCode> {
  const { runSync } = await import('./sync-command.ts');
  return await runSync(places, flags, environment);
}

function addSyncFlags(command: Command): Command {
  command
    .option(
      '--mode <mode>',
      'two-way (tw), source-to-destination (std), source-backup (sb), destination-to-source (dts) or destination-backup (db) (default: "two-way")',
    )
    .option(
      '--conflict <strategy>',
      'what becomes of a path that both sides changed: keep-both, newest, source, destination or manual (default: "keep-both")',
    )
    .option(
      '--initial <preference>',
      'on the first run: merge, or the side that is right: source or destination (default: "merge")',
    )
    .option('--strict', 'a deletion against a change is a conflict, instead of the change surviving');
  addChoiceFlags(command)
    .option('--force', 'transfer files although they are equal')
    .option('--max-delete <n|n%>', 'stop before deleting more files than this (default: "50%")')
    .option('--marker <file>', 'stop unless this file stands on both sides')
    .option(
      '--allow <rail>',
      'lift a safety rail for this run: lock, root-missing, root-emptied, deletions, marker, space or incomplete-scan (repeatable)',
      collect,
    )
    .option('--no-trash', 'do not keep what is overwritten and deleted')
    .option(
      '--versions <rule>',
      'keep what is overwritten and deleted as versions, as long as any limit wants them: all, or days=30,count=10,hourly=24,daily=7,weekly=5,monthly=12',
    );
  return addLimitFlags(command)
    .option('--explain <path>', 'tell why this path is handled as it is, and do nothing (repeatable)', collect)
    .option('--flat', 'of a plan: one line for each operation, instead of a tree')
    .option('--log-format <format>', 'what standard error gets: text, or json for one JSON document a line', 'text')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print problems and errors only')
    .option('-v, --verbose', 'print each operation with its reason');
}
