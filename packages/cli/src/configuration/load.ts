import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { usageError } from '../usage.ts';
import { type ConfigurationContent, readConfiguration } from './configuration.ts';
import { Mistakes } from './mistakes.ts';

/** The name that is looked for where the command is called. */
export const configurationName = 'syncengine.json';

export interface Configuration extends ConfigurationContent {
  /** Absolute. */
  readonly file: string;
  /** The folder of the file: relative locations start there. */
  readonly folder: string;
  /**
   * Complains of a place in the file.
   *
   * @throws SyncEngineError `invalid-options`
   */
  complain(node: Node, message: string): never;
}

/**
 * The configuration in a file, checked from end to end; `undefined` when there is no such file.
 *
 * @param name as it was typed, from the folder `cwd`
 * @throws SyncEngineError `invalid-options`, with the line, the column and the field of each mistake
 */
export async function loadConfiguration(name: string, cwd: string): Promise<Configuration | undefined> {
  const file = resolve(cwd, name);
  const text = await readText(file, name);
  if (text === undefined) return undefined;
  const content = checkConfiguration(name, text);
  return {
    ...content,
    file,
    folder: dirname(file),
    complain(node, message) {
      const complaint = new Mistakes(name, text);
      complaint.at(node, message);
      complaint.throwIfAny();
      throw new TypeError('A mistake was noted, so it is thrown.');
    },
  };
}

/**
 * What a text says that is to be a configuration.
 *
 * @param name of the file, for messages
 * @throws SyncEngineError `invalid-options`
 */
export function checkConfiguration(name: string, text: string): ConfigurationContent {
  const mistakes = new Mistakes(name, text);
  const content = parse(text, mistakes);
  mistakes.throwIfAny();
  if (content === undefined) throw usageError(`${name} is empty; syncengine init writes one.`);
  return content;
}

function parse(text: string, mistakes: Mistakes): ConfigurationContent | undefined {
  const errors: ParseError[] = [];
  // A byte order mark is white space here, so that columns stay right.
  const root = parseTree(text.replace(/^\ufeff/, ' '), errors, { disallowComments: true, allowTrailingComma: false });
  for (const { error, offset } of errors) {
    mistakes.atOffset(offset, `this is no JSON: ${wordsOf(printParseErrorCode(error))}.`);
  }
  return root === undefined || errors.length > 0 ? undefined : readConfiguration(root, mistakes);
}

/** `CommaExpected` becomes `comma expected`. */
function wordsOf(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

async function readText(file: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') return undefined;
    throw usageError(`${name} cannot be read: ${error.message}`, error);
  }
}
