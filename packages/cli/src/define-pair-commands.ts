import type { Command } from 'commander';
import type { ConflictsFlags } from './conflicts-command.ts';
import { addChoiceFlags, addPlaces, collect, examples } from './flags.ts';
import type { Perform } from './perform.ts';
import type { StatusFlags } from './status-command.ts';
import type { VerifyFlags } from './verify-command.ts';

/** `status` */
export function defineStatus(program: Command, perform: Perform): void {
  const command = addPlaces(program.command('status').summary('tell how pairs stand'));
  addFlags(command.option('--no-scan', 'look at no place: tell only what is remembered'))
    .description('Tells of each pair how its last run went, and what the next one would do. Changes nothing.')
    .addHelpText(
      'after',
      examples('status', 'status documents', 'status --no-scan', 'status ~/documents ~/backup/documents --json'),
    )
    .action((places: readonly string[], flags: StatusFlags) =>
      perform(async (environment) => (await import('./status-command.ts')).showStatus(places, flags, environment)),
    );
}

/** `verify` */
export function defineVerify(program: Command, perform: Perform): void {
  const command = addPlaces(program.command('verify').summary('compare contents on both sides'));
  addFlags(command.option('--read', 'take no digest on trust: read every content on both sides'))
    .description(
      'Compares the content of every file on both sides and changes nothing. Differences end with exit code 3. Where both sides know a digest of one kind, these are compared; else the content is read.',
    )
    .addHelpText(
      'after',
      examples(
        'sync documents && syncengine verify documents',
        'sync documents && syncengine verify documents --read --json',
      ),
    )
    .action((places: readonly string[], flags: VerifyFlags) =>
      perform(async (environment) => (await import('./verify-command.ts')).verify(places, flags, environment)),
    );
}

/** `conflicts` */
export function defineConflicts(program: Command, perform: Perform): void {
  const command = addPlaces(program.command('conflicts').summary('list conflicts, and settle them'))
    .option('--keep <side>', 'how they are settled: source, destination or both')
    .option('--path <path>', 'what is settled: a path in conflict, or a copy that was kept (repeatable)', collect)
    .option('--all', 'settle all that wait')
    .option('--copies', 'settle all copies that were kept');
  addFlags(command)
    .description(
      'Lists the paths that both sides changed, and the copies that earlier runs kept. With --keep it settles those that are chosen, and does nothing else. Conflicts that wait end with exit code 3.',
    )
    .addHelpText(
      'after',
      examples(
        'conflicts',
        'conflicts documents --keep both --all',
        'conflicts documents --keep source --copies',
        'conflicts documents --json',
      ),
    )
    .action((places: readonly string[], flags: ConflictsFlags) =>
      perform(async (environment) => (await import('./conflicts-command.ts')).conflicts(places, flags, environment)),
    );
}

/** Those that these commands share, behind their own. */
function addFlags(command: Command): Command {
  return addChoiceFlags(command)
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print problems and errors only')
    .option('-v, --verbose', 'print the traces of errors');
}
