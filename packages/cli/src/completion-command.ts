import type { Command } from 'commander';
import { bashCompletion, fishCompletion, zshCompletion } from './completion-scripts.ts';
import { completedCommands } from './completion-words.ts';
import type { Environment } from './environment.ts';
import type { ExitCode } from './outcome.ts';
import { printable } from './printable.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `completion`. Never throws. */
export async function printCompletion(
  shell: string,
  program: Command,
  { stdout, stderr }: Environment,
): Promise<ExitCode> {
  const script = Object.entries(scripts).find(([name]) => name === shell)?.[1];
  if (script === undefined) {
    stderr.write(
      `syncengine: there is no completion for ${printable(JSON.stringify(shell))}; choose bash, zsh or fish.\n`,
    );
    return 2;
  }
  stdout.write(script(completedCommands(program)));
  return 0;
}
