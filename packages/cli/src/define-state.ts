import type { Command } from 'commander';
import { addPlaces, collect, examples } from './flags.ts';
import type { Perform } from './perform.ts';
import type { StateFlags } from './state-command.ts';

/** `state dump` and `state reset` */
export function defineState(program: Command, perform: Perform): void {
  const state = program
    .command('state')
    .summary('look at the memory of a pair, or delete it')
    .description('What a pair of places agreed on when it was last in sync.')
    .addHelpText('after', examples('state dump ~/documents ~/backup/documents'));
  addPair(state.command('dump').summary('print it'))
    .description('Prints what is remembered of a pair: one JSON record per line and path.')
    .addHelpText(
      'after',
      examples(
        'state dump ~/documents ~/backup/documents',
        'state dump ~/documents ~/backup/papers --rename letters=correspondence',
        'state dump documents',
      ),
    )
    .action((places: readonly string[], flags: StateFlags) =>
      perform(async (environment) => (await import('./state-command.ts')).dumpState(places, flags, environment)),
    );
  addPair(state.command('reset').summary('delete it'))
    .description(
      'Deletes what is remembered of a pair. No file of either side is touched; the next run is a first run.',
    )
    .option('--allow <rail>', 'lock: take the lock over from a run that is known to be gone (repeatable)', collect)
    .addHelpText('after', examples('state reset ~/documents ~/backup/documents', 'state reset documents'))
    .action((places: readonly string[], flags: StateFlags) =>
      perform(async (environment) => (await import('./state-command.ts')).resetState(places, flags, environment)),
    );
}

function addPair(command: Command): Command {
  return addPlaces(command).option(
    '--rename <from=to>',
    'of a pair that is synchronised with such flags: the same ones (repeatable)',
    collect,
  );
}
