import type { Command } from 'commander';
import { collect, examples } from './flags.ts';
import type { Perform } from './perform.ts';
import type { RestoreFlags } from './restore-command.ts';

/** `restore` */
export function defineRestore(program: Command, perform: Perform): void {
  program
    .command('restore')
    .summary('list and bring back what was overwritten or deleted')
    .argument('<place>', 'a folder or an address; or the name of a pair in syncengine.json: its destination is meant')
    .argument('[paths...]', 'files, and folders with all below them, as they are called there; "." is everything')
    .description(
      'Lists and brings back what a place keeps of overwritten and deleted files: in its trash, among its versions, and what the storage keeps by itself. Without --at, what was deleted comes back as it was last; a file that is named itself also where something stands in its place. Whatever gives way is kept in turn.',
    )
    .option('-l, --list', 'tell what is kept, newest first, and do nothing')
    .option('--at <moment>', 'as it was then: 2026-11-22T10:00, 2026-11-22, or how long ago: 90m, 2h, 3d, 1w')
    .option('--to <place>', 'bring it to another folder or address, under the same paths')
    .option('--exact', 'with --at: what was not there then is taken away, and kept')
    .option('--include <glob>', 'only files that match, or that lie below what matches (repeatable)', collect)
    .option('--exclude <glob>', 'leave out what matches, and what lies below it (repeatable)', collect)
    .option('--side <side>', 'of a pair: source or destination', 'destination')
    .option('--config <file>', 'the configuration (default: "syncengine.json")')
    .option('-n, --dry-run', 'tell what would be done, and do nothing')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print problems and errors only')
    .addHelpText(
      'after',
      examples(
        'restore ~/backup/documents --list',
        'restore ~/backup/documents letters/anna.txt --list',
        'restore ~/backup/documents letters --to ~/documents',
        'restore ~/backup/documents letters/anna.txt --at 2026-11-22T10:00',
        'restore ~/backup/documents . --at 3d --to ~/as-it-was --dry-run',
        'restore documents letters --json',
      ),
    )
    .action((place: string, paths: readonly string[], flags: RestoreFlags) =>
      perform(async (environment) =>
        (await import('./restore-command.ts')).runRestore({ place, paths }, flags, environment),
      ),
    );
}
