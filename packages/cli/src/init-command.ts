import { access, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { isSyncEngineError } from '@syncengine/core';
import { colorsFor } from './colors.ts';
import { checkConfiguration, configurationName } from './configuration/index.ts';
import type { Environment, Input } from './environment.ts';
import { errorText } from './error-text.ts';
import { parseFlagValues } from './options.ts';
import { type ExitCode, outcomeOfError } from './outcome.ts';
import { printable } from './printable.ts';
import { usageError } from './usage.ts';

export interface InitFlags {
  readonly name?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly mode?: string;
  readonly ignore?: readonly string[];
  readonly excludeDotFiles?: boolean;
  readonly config?: string;
}

/** Lets editors check the file and complete it. */
const schemaAddress =
  'https://raw.githubusercontent.com/syncengine/syncengine/main/packages/cli/syncengine.schema.json';

/** What a pair needs to be told. */
interface Answers {
  readonly name: string;
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
}

/** `init`: writes a configuration, and never overwrites one. Never throws. */
export async function init(flags: InitFlags, environment: Environment): Promise<ExitCode> {
  const { stdout, stderr, env, cwd } = environment;
  const file = flags.config ?? configurationName;
  try {
    await requireAbsent(file, cwd);
    const answers = await answersFor(flags, environment);
    const text = `${JSON.stringify(configurationOf(answers, flags), undefined, 2)}\n`;
    checkAnswers(text);
    await write(file, text, cwd);
    const config = flags.config === undefined ? '' : ` --config ${flags.config}`;
    stdout.write(
      printable(`Wrote ${file}.`) +
        printable(
          ` Look first: syncengine plan ${answers.name}${config}. Then: syncengine sync ${answers.name}${config}.`,
        ) +
        '\n',
    );
    return 0;
  } catch (error) {
    stderr.write(`${errorText(error, colorsFor(stderr, env), false)}\n`);
    return outcomeOfError(error).exitCode;
  }
}

/** There is no file yet whose lines could be named. */
function checkAnswers(text: string): void {
  try {
    checkConfiguration('', text);
  } catch (error) {
    if (!isSyncEngineError(error)) throw error;
    throw usageError(error.message.replace(/^:\d+:\d+: /gm, ''), error);
  }
}

async function requireAbsent(file: string, cwd: string): Promise<void> {
  try {
    await access(resolve(cwd, file));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  throw alreadyThere(file);
}

/** Another may have written it meanwhile. */
async function write(file: string, text: string, cwd: string): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), text, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'EEXIST') throw alreadyThere(file);
    throw usageError(`${file} cannot be written: ${error.message}`, error);
  }
}

function alreadyThere(file: string): Error {
  return usageError(
    `${file} is there already, and is not overwritten. Add a pair to it, or name another file with --config.`,
  );
}

function configurationOf({ name, source, destination, mode }: Answers, flags: InitFlags): object {
  const { ignore = [], excludeDotFiles } = flags;
  return {
    $schema: schemaAddress,
    pairs: {
      [name]: {
        source,
        destination,
        mode,
        ...(ignore.length === 0 ? {} : { ignore }),
        ...(excludeDotFiles === true ? { excludeDotFiles } : {}),
      },
    },
  };
}

async function answersFor(flags: InitFlags, environment: Environment): Promise<Answers> {
  const { name, source, destination, mode } = flags;
  if (mode !== undefined) parseFlagValues.mode(mode);
  if (name !== undefined && source !== undefined && destination !== undefined) {
    return { name, source, destination, mode: modeName(mode ?? 'two-way') };
  }
  const { stdin } = environment;
  if (stdin?.isTTY !== true) {
    const missing = Object.entries({ name, source, destination }).flatMap(([flag, value]) =>
      value === undefined ? [`--${flag}`] : [],
    );
    throw usageError(`Nobody can be asked here; give ${missing.join(', ')} too.`);
  }
  return await ask(flags, stdin, environment);
}

async function ask(flags: InitFlags, stdin: Input, { stderr, cwd }: Environment): Promise<Answers> {
  const terminal = createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY });
  // Lines that are pasted all at once wait here for their questions.
  const lines = terminal[Symbol.asyncIterator]();
  const question = async (
    text: string,
    given: string | undefined,
    proposal: string | undefined,
    check: (answer: string) => unknown,
  ): Promise<string> => {
    if (given !== undefined) return given;
    for (;;) {
      stderr.write(`${text}${proposal === undefined ? '' : ` [${printable(proposal)}]`}: `);
      const line = await lines.next();
      if (line.done === true) throw new DOMException('The input ended.', 'AbortError');
      const answer = line.value.trim() || (proposal ?? '');
      try {
        check(answer);
        return answer;
      } catch (error) {
        if (!isSyncEngineError(error)) throw error;
        stderr.write(`${printable(error.message)}\n`);
      }
    }
  };
  try {
    const source = await question('Source, a folder or an address', flags.source, undefined, required);
    const destination = await question('Destination, a folder or an address', flags.destination, undefined, required);
    const mode = await question(
      'Mode (two-way, source-to-destination, source-backup, …)',
      flags.mode,
      'two-way',
      parseFlagValues.mode,
    );
    const proposal = basename(resolve(cwd, source))
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[^\p{L}\p{N}]+/u, '');
    const name = await question('Name of the pair', flags.name, proposal === '' ? 'main' : proposal, (answer) =>
      checkAnswers(JSON.stringify({ pairs: { [answer]: { source, destination } } })),
    );
    return { name, source, destination, mode: modeName(mode) };
  } finally {
    terminal.close();
  }
}

function required(answer: string): void {
  if (answer === '') throw usageError('Please give one.');
}

function modeName(text: string): string {
  return parseFlagValues.mode(text).name;
}
