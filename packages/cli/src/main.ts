import { type Command, CommanderError, InvalidArgumentError } from 'commander';
import { takeAdapterFlags } from './adapter-flags.ts';
import { adapterWords } from './adapter-packages.ts';
import type { Environment } from './environment.ts';
import type { ExitCode } from './outcome.ts';
import type { Perform } from './perform.ts';
import { printableLines } from './printable.ts';
import { createProgram } from './program.ts';

/**
 * The command `syncengine`, inside any process. What a command needs is loaded when it is called, so that help and
 * version are there at once.
 *
 * @returns the exit code; nothing is thrown but programming mistakes
 */
export async function main(surroundings: Environment): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  let environment = surroundings;
  const perform: Perform = async (work) => {
    exitCode = await work(environment);
  };
  const program = createProgram(perform, {
    writeOut: (text) => environment.stdout.write(text),
    writeErr: (text) => environment.stderr.write(printableLines(text)),
  });
  try {
    const { argv, flags } = takeFlags(surroundings, program);
    environment = { ...surroundings, argv, adapterFlags: flags };
    await program.parseAsync(environment.argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    await reportUsage(error, environment);
    return 2;
  }
}

function takeFlags({ argv }: Environment, program: Command): ReturnType<typeof takeAdapterFlags> {
  try {
    return takeAdapterFlags(argv, adapterWords);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return program.error(`error: ${error.message}`, { exitCode: 2 });
  }
}

/** The complaint itself stands on standard error already. Whoever asked for JSON gets that too. */
async function reportUsage(error: CommanderError, { argv, stdout }: Environment): Promise<void> {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  if (!flags.includes('--json')) return;
  const [{ reportOfError }, { nameOfMode }, { printableJson }, { usageError }] = await Promise.all([
    import('./report-json.ts'),
    import('./options.ts'),
    import('./printable.ts'),
    import('./usage.ts'),
  ]);
  const mode = nameOfMode(typedMode(flags) ?? 'two-way');
  const dryRun = flags[0] === 'plan' || flags.includes('--dry-run') || flags.includes('-n');
  const message = error.message.replace(/^error: /, '');
  stdout.write(`${printableJson(reportOfError(usageError(message, error), { mode, dryRun }))}\n`);
}

function typedMode(flags: readonly string[]): string | undefined {
  const at = flags.findIndex((flag) => flag === '--mode' || flag.startsWith('--mode='));
  return flags[at] === '--mode' ? flags[at + 1] : flags[at]?.slice('--mode='.length);
}
