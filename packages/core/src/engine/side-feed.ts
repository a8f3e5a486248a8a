import type { ErrorCode, Side } from '../errors.ts';
import type { OperationsReport } from '../operations/index.ts';
import type { PairState, RememberedTree } from '../state/index.ts';
import type { ChangesOptions, Entry, StorageClient, TreeAtCursor } from '../storage/index.ts';

export interface SideFeedOptions {
  readonly side: Side;
  readonly client: StorageClient;
  readonly memory: Pick<PairState, 'tree' | 'rememberTree'>;
  /** List everything anew, whatever is remembered. */
  readonly afresh: boolean;
}

/** Where an operation met something else than was told, what is told is not to be relied on. */
const contradictions: ReadonlySet<ErrorCode> = new Set([
  'not-found',
  'already-exists',
  'precondition-failed',
  'source-changed',
  'not-empty',
  'not-a-directory',
  'is-a-directory',
]);

/**
 * A side's tree by its feed of changes, in one run. What is remembered is a truth for itself: at this place in the feed the
 * tree was this. All that happened since then stands in the feed, what this and other runs did too. So it does not matter
 * when a tree is remembered, or that a killed run remembers none, and no pair knows of another's memory. Ignore rules have no
 * part in it: what is remembered is what the client told.
 */
export class SideFeed {
  readonly #options: SideFeedOptions;
  readonly #changes: NonNullable<StorageClient['changes']>;
  #isAfresh: boolean;
  #remembered: RememberedTree | undefined;
  /** Where the tree of the scan stands. */
  #cursor: string | undefined;

  private constructor(options: SideFeedOptions, changes: NonNullable<StorageClient['changes']>) {
    this.#options = options;
    this.#changes = changes;
    this.#isAfresh = options.afresh;
  }

  /** `undefined` for a side that has no feed. */
  static of(options: SideFeedOptions): SideFeed | undefined {
    const { client } = options;
    return client.changes === undefined ? undefined : new SideFeed(options, client.changes.bind(client));
  }

  /** The whole tree as it is now, as `listRecursive` would tell it. To be called once for each pass of a scan. */
  async *entries(signal?: AbortSignal): AsyncGenerator<readonly Entry[]> {
    const { cursor, entries } = await this.#ask(signal);
    this.#cursor = cursor;
    yield* entries;
  }

  /** What was wrong with the memory, which cost a full listing. */
  get damage(): string | undefined {
    return this.#remembered?.kind === 'in-doubt' ? this.#remembered.damage : undefined;
  }

  /**
   * Remembers, at the end of a run, how the tree is then, so that what the run did need not be read from the feed. Where
   * nothing changed, nothing is asked and nothing written. Where what the run met does not go with what was told, the next
   * run lists everything anew.
   */
  async remember(report: OperationsReport, signal?: AbortSignal): Promise<void> {
    const { side, memory } = this.#options;
    if (report.problems.some((problem) => problem.side === side && contradictions.has(problem.code))) {
      await memory.rememberTree(side, 'in-doubt');
      return;
    }
    const isAsTold = !report.done.some((operation) => operation.side === side);
    if (isAsTold && (this.#cursor === undefined || this.#isRemembered(this.#cursor))) return;
    const tree = await this.#ask(signal);
    if (!this.#isRemembered(tree.cursor)) await memory.rememberTree(side, tree);
  }

  /** The next run lists everything anew. */
  async doubt(): Promise<void> {
    await this.#options.memory.rememberTree(this.#options.side, 'in-doubt');
  }

  /** What was listed afresh takes the place of what is remembered, whatever its cursor. */
  #isRemembered(cursor: string): boolean {
    return !this.#options.afresh && this.#remembered?.kind === 'known' && this.#remembered.cursor === cursor;
  }

  async #ask(signal: AbortSignal | undefined): Promise<TreeAtCursor> {
    const { side, memory } = this.#options;
    this.#remembered ??= await memory.tree(side, { signal });
    const known = this.#remembered.kind === 'known' && !this.#options.afresh ? this.#remembered : undefined;
    const afresh = this.#isAfresh || (this.#remembered.kind === 'in-doubt' && this.#cursor === undefined);
    const options: ChangesOptions = { afresh, known: known?.entries, signal };
    const tree = await this.#changes(known?.cursor, options);
    // A further pass of the same run may rely on what the client has found by now.
    this.#isAfresh = false;
    return tree;
  }
}
