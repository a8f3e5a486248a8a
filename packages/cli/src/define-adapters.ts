import type { Command } from 'commander';
import type { AdaptersFlags } from './adapters-command.ts';
import { examples } from './flags.ts';
import type { Perform } from './perform.ts';

/** `adapters` */
export function defineAdapters(program: Command, perform: Perform): void {
  program
    .command('adapters')
    .summary('tell which kinds of storage there are')
    .description(
      'Lists the packages that handle addresses, which are installed, and the line that installs the others.',
    )
    .option('--config <file>', 'the configuration that names packages of others (default: "syncengine.json")')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('adapters', 'adapters --json'))
    .action((flags: AdaptersFlags) =>
      perform(async (environment) => (await import('./adapters-command.ts')).listAdapters(flags, environment)),
    );
}
