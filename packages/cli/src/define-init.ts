import type { Command } from 'commander';
import { collect, examples } from './flags.ts';
import type { InitFlags } from './init-command.ts';
import type { Perform } from './perform.ts';

/** `init` */
export function defineInit(program: Command, perform: Perform): void {
  program
    .command('init')
    .summary('write syncengine.json')
    .description(
      'Writes a configuration with one pair. It asks for what the flags leave open, and never overwrites a file.',
    )
    .option('--name <name>', 'what the pair is called')
    .option('--source <place>', 'a folder or an address')
    .option('--destination <place>', 'a folder or an address')
    .option(
      '--mode <mode>',
      'two-way, source-to-destination, source-backup, destination-to-source or destination-backup',
    )
    .option('--ignore <pattern>', 'leave out what matches, as a line of .gitignore would (repeatable)', collect)
    .option('--exclude-dot-files', 'leave out what begins with a dot')
    .option('--config <file>', 'the file to write (default: "syncengine.json")')
    .addHelpText(
      'after',
      examples(
        'init --name documents --source ~/documents --destination ~/backup/documents',
        "init --name site --source ~/site --destination ~/mirror/site --mode std --ignore '*.tmp'",
      ),
    )
    .action((flags: InitFlags) =>
      perform(async (environment) => (await import('./init-command.ts')).init(flags, environment)),
    );
}
