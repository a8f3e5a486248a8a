import {
  type KeptVersion,
  type RestoreOptions,
  type RestorePlan,
  type RestoreProblem,
  type RestoreResult,
  type RestoreStep,
  type StorageClient,
  SyncEngineError,
  type VersionQuery,
  VersionStore,
} from '@syncengine/core';
import { colorsFor } from './colors.ts';
import { configurationName, loadConfiguration, namesOf } from './configuration/index.ts';
import type { Environment } from './environment.ts';
import { errorText } from './error-text.ts';
import { Interruption } from './interruption.ts';
import { parseMoment } from './moment.ts';
import { type ExitCode, outcomeOfError } from './outcome.ts';
import { canBeName } from './pair-name.ts';
import { pathFilter } from './path-filter.ts';
import { openPlace, placeOf } from './places.ts';
import { printable, printableJson } from './printable.ts';
import { messageOf } from './report-json.ts';
import { listingLines, planLines, resultLine } from './restore-text.ts';
import { selectPairs } from './selection.ts';
import { usageError } from './usage.ts';

/** The flags of `restore`. */
export interface RestoreFlags {
  readonly list?: boolean;
  readonly at?: string;
  readonly to?: string;
  readonly exact?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly side: string;
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What was typed behind the name of the command. */
export interface RestoreArguments {
  readonly place: string;
  readonly paths: readonly string[];
}

/** `restore`: never throws, but says what went wrong and returns the exit code for it. */
export async function runRestore(
  typed: RestoreArguments,
  flags: RestoreFlags,
  environment: Environment,
): Promise<ExitCode> {
  const nothing = (): void => undefined;
  const interruption = new Interruption(environment, nothing, nothing);
  const command = new RestoreCommand(typed, flags, environment, interruption.signal);
  try {
    return await command.run();
  } catch (error) {
    return command.fail(error);
  } finally {
    interruption.dispose();
    await command.close();
  }
}

class RestoreCommand {
  readonly #typed: RestoreArguments;
  readonly #flags: RestoreFlags;
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  readonly #clients: StorageClient[] = [];
  /** Names that could have been meant. */
  #pairNames: readonly string[] = [];

  constructor(typed: RestoreArguments, flags: RestoreFlags, environment: Environment, signal: AbortSignal) {
    this.#typed = typed;
    this.#flags = flags;
    this.#environment = environment;
    this.#signal = signal;
  }

  async run(): Promise<ExitCode> {
    const { list, at, to, exact, dryRun } = this.#flags;
    const query = this.#query();
    if (list !== true && at === undefined && this.#typed.paths.length === 0) {
      throw usageError('Say what is to come back: paths, or "." for everything; --at for a moment; or --list.');
    }
    if (exact === true && (at === undefined || to !== undefined)) {
      throw usageError('--exact goes with --at, and only where it was: not with --to.');
    }
    const moment = at === undefined ? undefined : parseMoment(at, Date.now());
    const client = await this.#openPlace();
    await this.#requireRoot(client);
    const store = new VersionStore(client);
    if (list === true) return await this.#list(store, query, moment);
    const target =
      to === undefined ? undefined : await this.#open(() => openPlace(placeOf(to), 'destination', this.#environment));
    const options: RestoreOptions = { ...query, at: moment, exact, to: target };
    return dryRun === true
      ? this.#endPlan(await store.plan(options))
      : this.#endRun(await store.restore({ ...options, onStep: (step, problem) => this.#tellProblem(step, problem) }));
  }

  fail(error: unknown): ExitCode {
    const { stderr, env } = this.#environment;
    stderr.write(`${errorText(error, colorsFor(stderr, env), false)}\n`);
    const { status, exitCode } = outcomeOfError(error);
    const code = error instanceof SyncEngineError ? error.code : 'failed';
    this.#printJson({ status, error: { code, message: messageOf(error) } });
    return exitCode;
  }

  async close(): Promise<void> {
    const farewells = await Promise.allSettled(this.#clients.map((client) => client.close?.()));
    const { stderr, env } = this.#environment;
    for (const farewell of farewells) {
      if (farewell.status === 'rejected')
        stderr.write(`${errorText(farewell.reason, colorsFor(stderr, env), false)}\n`);
    }
  }

  #query(): VersionQuery {
    const { include = [], exclude = [] } = this.#flags;
    const filter = pathFilter(include, exclude);
    const paths = this.#typed.paths.map(parsePath);
    return {
      paths: paths.length === 0 ? undefined : paths,
      matches: filter === undefined ? undefined : (path) => filter(path, false) === 'include',
      signal: this.#signal,
    };
  }

  async #list(store: VersionStore, query: VersionQuery, moment: number | undefined): Promise<ExitCode> {
    const listing = await store.list(query);
    // What is needed to tell a moment gave way then or later.
    const versions = listing.versions.filter(({ gaveWayAt }) => moment === undefined || gaveWayAt >= moment);
    this.#tellProblems(listing.problems);
    this.#printText(() => listingLines({ ...listing, versions }));
    const { problems } = listing;
    this.#printJson({ status: statusOf(problems), versions: versions.map(versionJson), problems });
    return problems.length === 0 ? 0 : 3;
  }

  #endPlan(plan: RestorePlan): ExitCode {
    this.#tellProblems(plan.problems);
    this.#tellNotices(plan.notices);
    this.#printText(() => planLines(plan));
    const { steps, problems, unchanged, notices, bytes } = plan;
    const told = { steps: steps.map(stepJson), unchanged, bytes, problems, notices };
    this.#printJson({ status: statusOf(problems), dryRun: true, ...told });
    return problems.length === 0 ? 0 : 3;
  }

  #endRun(result: RestoreResult): ExitCode {
    const { done, status, problems, unchanged, notices, bytes } = result;
    this.#tellProblems(problems.filter((problem) => !this.#told.has(problem)));
    this.#tellNotices(notices);
    this.#printText(() => [resultLine(result)]);
    const told = { steps: done.map(stepJson), unchanged, bytes, problems, notices };
    this.#printJson({ status, dryRun: false, ...told });
    return status === 'clean' ? 0 : 3;
  }

  readonly #told = new Set<RestoreProblem>();

  #tellProblem(_step: RestoreStep, problem: RestoreProblem | undefined): void {
    if (problem === undefined) return;
    this.#told.add(problem);
    this.#tellProblems([problem]);
  }

  #tellProblems(problems: readonly RestoreProblem[]): void {
    const { stderr, env } = this.#environment;
    const colors = colorsFor(stderr, env);
    for (const { message } of problems) stderr.write(`${colors.red('problem:')} ${printable(message)}\n`);
  }

  #tellNotices(notices: readonly string[]): void {
    if (this.#flags.quiet === true) return;
    for (const notice of notices) this.#environment.stderr.write(`note: ${printable(notice)}\n`);
  }

  async #openPlace(): Promise<StorageClient> {
    const { place } = this.#typed;
    const { side, config } = this.#flags;
    if (side !== 'source' && side !== 'destination') {
      throw usageError(`--side takes source or destination, not ${JSON.stringify(side)}.`);
    }
    if (!(await this.#isPair(place))) {
      return await this.#open(() => openPlace(placeOf(place), 'source', this.#environment));
    }
    const selection = await selectPairs([place], config === undefined ? {} : { config }, this.#environment);
    const [pair, another] = selection.pairs;
    if (pair === undefined || (another !== undefined && side === 'destination')) {
      const names = selection.pairs.map(({ name }) => name).join(', ');
      throw usageError(`${JSON.stringify(place)} has several destinations; name one of them: ${names}.`);
    }
    return await this.#open(() => openPlace(pair[side], side, selection.environment));
  }

  /** A folder that has the name of a pair is given as `./name`. */
  async #isPair(place: string): Promise<boolean> {
    const { config } = this.#flags;
    if (!canBeName(place)) return false;
    const configuration = await loadConfiguration(config ?? configurationName, this.#environment.cwd);
    if (configuration === undefined) {
      if (config !== undefined) throw usageError(`There is no file ${JSON.stringify(config)}.`);
      return false;
    }
    this.#pairNames = configuration.pairs.flatMap(namesOf);
    return this.#pairNames.includes(place);
  }

  async #open(open: () => Promise<StorageClient>): Promise<StorageClient> {
    const client = await open();
    this.#clients.push(client);
    return client;
  }

  async #requireRoot(client: StorageClient): Promise<void> {
    if ((await client.stat('', { signal: this.#signal })) !== undefined) return;
    const names = this.#pairNames.join(', ');
    const either = names === '' ? '' : ` It is no pair of the configuration either; there are ${names}.`;
    throw new SyncEngineError('root-missing', `There is no folder ${client.id}; is the disk mounted?${either}`);
  }

  #printText(lines: () => readonly string[]): void {
    const { json, quiet } = this.#flags;
    if (json === true || quiet === true) return;
    for (const line of lines()) this.#environment.stdout.write(`${line}\n`);
  }

  #printJson(report: object): void {
    if (this.#flags.json === true) this.#environment.stdout.write(`${printableJson(report)}\n`);
  }
}

/** `.` is everything; a leading `./` and a slash at the end are dropped. */
function parsePath(text: string): string {
  const path = text.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
  if (path === '.' || (path === '' && text !== '' && !text.startsWith('/'))) return '';
  const names = path.split('/');
  if (names.every((name) => name !== '' && name !== '.' && name !== '..')) return path;
  throw usageError(`A path lies inside the place, such as photos/2026, and is not ${JSON.stringify(text)}.`);
}

function statusOf(problems: readonly RestoreProblem[]): 'clean' | 'problems' {
  return problems.length === 0 ? 'clean' : 'problems';
}

function versionJson({ path, presentPath, gaveWayAt, kind, size, modifiedAt, store }: KeptVersion): object {
  const iso = (time: number): string => new Date(time).toISOString();
  const changed = modifiedAt === undefined ? {} : { modifiedAt: iso(modifiedAt) };
  return { path, presentPath, gaveWayAt: iso(gaveWayAt), kind, size, ...changed, store };
}

function stepJson(step: RestoreStep): object {
  const { kind, path } = step;
  return step.kind === 'bring'
    ? { kind, path, bytes: step.bytes, replaces: step.replaces !== undefined }
    : { kind, path };
}
