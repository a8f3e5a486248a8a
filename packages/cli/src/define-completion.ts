import type { Command } from 'commander';
import { examples } from './flags.ts';
import type { Perform } from './perform.ts';

/** `completion` */
export function defineCompletion(program: Command, perform: Perform): void {
  program
    .command('completion')
    .summary('print what completes the command in a shell')
    .description(
      'Prints a script that completes commands, flags and their values, and the names of pairs in syncengine.json, in bash, zsh or fish.',
    )
    .argument('<shell>', 'bash, zsh or fish; "pairs" prints the names of pairs that the scripts propose')
    .addHelpText(
      'after',
      examples(
        'completion bash > completion.bash',
        'completion zsh > _syncengine',
        'completion fish > syncengine.fish',
      ),
    )
    .action((shell: string) =>
      perform(async (environment) =>
        (await import('./completion-command.ts')).printCompletion(shell, program, environment),
      ),
    );
}
