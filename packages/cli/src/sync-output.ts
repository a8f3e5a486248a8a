import { SyncEngineError, type SyncPlan } from '@syncengine/core';
import { colorsFor } from './colors.ts';
import { plannedDeletions } from './deletions.ts';
import { wrapWords } from './display-width.ts';
import { columnsOf, type Environment } from './environment.ts';
import { errorText, stateHint } from './error-text.ts';
import type { Explanation } from './explain.ts';
import type { SyncFlags } from './flags.ts';
import { JsonLog } from './json-log.ts';
import type { OpenPair } from './open-pairs.ts';
import { outcomeOfError } from './outcome.ts';
import { planTree } from './plan-tree.ts';
import { printable, printableJson } from './printable.ts';
import { messageOf } from './report-json.ts';
import { planText } from './report-text.ts';

/** What a run has to say when it is over, and what goes wrong: as the flags want it. */
export class SyncOutput {
  /** With `--log-format json`: it gets all that standard error would get. */
  readonly log: JsonLog | undefined;
  readonly #flags: SyncFlags;
  readonly #environment: Environment;
  #hasPrintedJson = false;

  constructor(flags: SyncFlags, environment: Environment) {
    this.#flags = flags;
    this.#environment = environment;
    this.log = flags.logFormat === 'json' ? new JsonLog(environment.stderr) : undefined;
  }

  /** @param state the folder of the memory, where it is not the usual one */
  tellError(error: unknown, name: string | undefined, state: string | undefined): void {
    if (this.log !== undefined) {
      const { status } = outcomeOfError(error);
      this.log.write('error', 'error', name, { status, ...codeAndMessage(error) });
      return;
    }
    const { stderr, env } = this.#environment;
    const text = errorText(error, colorsFor(stderr, env), this.#flags.verbose === true);
    stderr.write(`${prefixOf(name)}${text}${stateHint(error, state)}\n`);
  }

  /** A line for people: the result of a pair. */
  printLine(line: string, name: string | undefined): void {
    if (this.#flags.json === true || this.#flags.quiet === true) return;
    const { stdout } = this.#environment;
    const whole = `${prefixOf(name)}${line}`;
    // Elsewhere a line is a line, so that it can be looked for.
    const lines = stdout.isTTY === true ? wrapWords(whole, columnsOf(stdout)) : [whole];
    stdout.write(lines.map((each) => `${each}\n`).join(''));
  }

  printPlan(plan: SyncPlan, { pair, facts }: OpenPair): void {
    if (this.#flags.json === true || this.#flags.quiet === true) return;
    const { stdout, env } = this.#environment;
    const colors = colorsFor(stdout, env);
    const told = plannedDeletions(plan, facts);
    const text =
      this.#flags.flat === true ? planText(plan, told, colors) : planTree(plan, told, colors, columnsOf(stdout));
    const title = pair.name === undefined ? [] : [colors.bold(`${printable(pair.name)}:`)];
    const lines = [...title, ...text];
    stdout.write(lines.map((line) => `${line}\n`).join(''));
  }

  async printExplanations(explanations: readonly Explanation[]): Promise<void> {
    if (this.#flags.json === true) return;
    const { explanationText } = await import('./explanation-text.ts');
    const { stdout, env } = this.#environment;
    const colors = colorsFor(stdout, env);
    stdout.write(explanations.map((each) => explanationText(each, colors)).join('\n'));
  }

  /** At most one document, whatever happens after it. */
  printJson(document: () => object): void {
    if (this.#flags.json !== true || this.#hasPrintedJson) return;
    this.#hasPrintedJson = true;
    this.#environment.stdout.write(`${printableJson(document())}\n`);
  }
}

function prefixOf(name: string | undefined): string {
  return name === undefined ? '' : `${printable(name)}: `;
}

function codeAndMessage(error: unknown): { readonly code?: string; readonly message: string } {
  return { ...(error instanceof SyncEngineError ? { code: error.code } : {}), message: messageOf(error) };
}
