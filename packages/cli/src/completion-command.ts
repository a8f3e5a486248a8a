import type { Command } from 'commander';
import { colorsFor } from './colors.ts';
import { bashCompletion, fishCompletion, zshCompletion } from './completion-scripts.ts';
import { completedCommands } from './completion-words.ts';
import { configurationName, loadConfiguration, namesOf } from './configuration/index.ts';
import type { Environment } from './environment.ts';
import { errorText } from './error-text.ts';
import { type ExitCode, outcomeOfError } from './outcome.ts';
import { printable } from './printable.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `completion`. Never throws. */
export async function printCompletion(shell: string, program: Command, environment: Environment): Promise<ExitCode> {
  if (shell === 'pairs') return await printPairs(environment);
  const { stdout, stderr } = environment;
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

/** The names that the scripts propose: those of the configuration where the user stands, if there is one. */
async function printPairs({ cwd, stdout, stderr, env }: Environment): Promise<ExitCode> {
  try {
    const configuration = await loadConfiguration(configurationName, cwd);
    for (const name of configuration?.pairs.flatMap(namesOf) ?? []) stdout.write(`${name}\n`);
    return 0;
  } catch (error) {
    stderr.write(`${errorText(error, colorsFor(stderr, env), false)}\n`);
    return outcomeOfError(error).exitCode;
  }
}
