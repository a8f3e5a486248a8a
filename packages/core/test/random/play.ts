import { expect } from 'vitest';
import {
  type ConflictStrategyName,
  conflictStrategies,
  type Side,
  type SyncEngineOptions,
  type SyncModeName,
  type SyncResult,
  SyncStateManager,
  syncModes,
} from '../../src/index.ts';
import { Dice } from '../support/dice.ts';
import { unreadable } from '../support/faults.ts';
import { Mortality } from '../support/mortality.ts';
import { Pair } from '../support/pair.ts';
import { census, requireFinished, requireLeaderUntouched } from '../support/promises.ts';
import { type Tree, treeOf } from '../support/tree.ts';
import { live, liveTogether } from './life.ts';
import { common, holdsLinks, type World, worlds } from './worlds.ts';

/** How one of the runs of a life is done. */
interface Choice {
  readonly mode: SyncModeName;
  readonly conflict: ConflictStrategyName;
  readonly strict: boolean;
  /** Effects after which a first attempt is killed; 0 for none. */
  readonly killedAfter: number;
  /** A folder that an attempt before cannot list. */
  readonly unreadable: { readonly side: Side; readonly path: string } | undefined;
}

const modeNames = Object.keys(syncModes) as readonly SyncModeName[]; // the presets are named by their keys

/** A life of two places: some rounds of changes on both sides, each followed by a run and a look at all that is promised. */
export async function play(seed: number): Promise<void> {
  const dice = new Dice(seed);
  const places = [dice.pick(worlds), dice.pick(worlds)] as const;
  const trickyNames = dice.oneIn(3) && places.some((place) => !place.tellsAllNamesApart);
  const people = new Dice(seed + 1, { trickyNames, ignoring: dice.oneIn(4) });
  const pair = new Pair({ source: places[0].options, destination: places[1].options });
  pair.source.put('anchor', 'anchor');
  pair.destination.put('anchor', 'anchor');
  let known = new Set<string>();
  for (let round = 0; round < 4; round += 1) {
    for (const side of [pair.source, pair.destination]) {
      pair.clock.advance();
      live(side, people, people.below(7), pair.clock);
    }
    pair.clock.advance();
    if (people.oneIn(3)) liveTogether([pair.source, pair.destination], people);
    pair.clock.advance();
    const choice: Choice = {
      mode: dice.oneIn(2) ? 'two-way' : dice.pick(modeNames),
      conflict: dice.oneIn(2) ? 'keep-both' : dice.pick(conflictStrategies),
      strict: dice.oneIn(4),
      killedAfter: dice.oneIn(3) ? 1 + dice.below(20) : 0,
      unreadable: !trickyNames && dice.oneIn(4) ? someFolder(pair, dice) : undefined,
    };
    // Names can collide, and a folder with an excluded child cannot give way to a file.
    const mayHaveProblems = people.likesTrickyNames || people.likesIgnoring || !places.every(holdsLinks);
    await new Round(pair, places, choice, known, mayHaveProblems, people.likesIgnoring).run();
    known = contentsOf(pair);
  }
}

class Round {
  readonly #pair: Pair;
  readonly #places: readonly World[];
  readonly #choice: Choice;
  /** Contents that stood somewhere after the last run. */
  readonly #known: ReadonlySet<string>;
  readonly #mayHaveProblems: boolean;
  readonly #mayIgnore: boolean;

  constructor(
    pair: Pair,
    places: readonly World[],
    choice: Choice,
    known: ReadonlySet<string>,
    mayHaveProblems: boolean,
    mayIgnore: boolean,
  ) {
    this.#pair = pair;
    this.#places = places;
    this.#choice = choice;
    this.#known = known;
    this.#mayHaveProblems = mayHaveProblems;
    this.#mayIgnore = mayIgnore;
  }

  async run(): Promise<void> {
    const before = this.#trees();
    try {
      await this.#run();
    } catch (error) {
      const places = this.#places.map(({ name }) => name).join(' and ');
      const told = JSON.stringify({ choice: this.#choice, before, after: this.#trees() }, undefined, 1);
      throw new Error(`${places}\n${told}\n${error instanceof Error ? error.stack : String(error)}`, { cause: error });
    }
  }

  async #run(): Promise<void> {
    const pair = this.#pair;
    const { mode } = this.#choice;
    const contents = contentsOf(pair);
    const untouched = { source: await census(pair.source), destination: await census(pair.destination) };
    await this.#beHalfBlind();
    await this.#beKilled();
    const engine = pair.engine(this.#options());
    const dryRun = await engine.plan();
    const result = await engine.sync();
    expect(result.plan?.operations, 'the dry run is the run').toEqual(dryRun.operations);
    await requireLeaderUntouched(mode, untouched, pair);
    this.#requireNothingLost(contents);
    if (!this.#mayHaveProblems)
      expect(result.problems.map(({ side, message }) => `${side}: ${message}`).join('; ')).toBe('');
    this.#requireAgreement(result);
    pair.clock.advance();
    let settled = result;
    for (let more = this.#furtherRuns(result); more > 0 && settled.operations.length > 0; more -= 1) {
      settled = await engine.sync();
      pair.clock.advance();
    }
    pair.clock.advance();
    if (settled.status === 'clean') requireFinished(await engine.plan());
    const after = this.#trees();
    const again = await engine.sync();
    expect(again.operations, 'a second run does nothing').toEqual([]);
    expect(again.status).toBe(settled.status);
    expect(this.#trees()).toEqual(after);
  }

  /**
   * What a rename makes of a conflict that was left to people, or of colliding names after a kill, the next run sees; what
   * an ignore file brings in that has just come over, one run after the other.
   */
  #furtherRuns({ status }: SyncResult): number {
    if (this.#mayIgnore) return 4;
    return status !== 'clean' || (this.#mayHaveProblems && this.#choice.killedAfter > 0) ? 1 : 0;
  }

  #options(): Partial<SyncEngineOptions> {
    const { mode, conflict, strict } = this.#choice;
    return { mode, conflict, strict, maximumDeletions: { share: 1 } };
  }

  /** Promise 5: what cannot be seen is not touched, nor is its counterpart; nothing at all is deleted. */
  async #beHalfBlind(): Promise<void> {
    const { unreadable: hidden } = this.#choice;
    if (hidden === undefined) return;
    const before = this.#trees().map((tree) => below(tree, hidden.path));
    const result = await this.#pair.engine(this.#options(), { [hidden.side]: unreadable(hidden.path) }).sync();
    expect(this.#trees().map((tree) => below(tree, hidden.path))).toEqual(before);
    // A folder whose name collides with another, or that is left out, is not even tried.
    if (!result.problems.some(({ code }) => code === 'permission-denied')) return;
    const deletions = result.operations.filter(
      ({ kind, reason }) => kind === 'delete' && reason.startsWith('deleted on'),
    );
    const told = deletions.map(({ side, path, reason }) => `${side} ${path}: ${reason}`);
    expect(told.join('; '), 'deletions are suspended').toBe('');
  }

  async #beKilled(): Promise<void> {
    const { killedAfter } = this.#choice;
    if (killedAfter === 0) return;
    const pair = this.#pair;
    let survivor = pair.store;
    const mortality = new Mortality(killedAfter, () => {
      survivor = pair.store.clone();
    });
    const state = new SyncStateManager({ store: mortality.store(pair.store), clock: pair.clock });
    const wraps = { source: mortality.client, destination: mortality.client };
    // Killed runs end as they like; what counts is what the next one makes of it.
    await pair
      .engine({ ...this.#options(), state }, wraps)
      .sync()
      .catch(() => undefined);
    pair.store = survivor;
  }

  #requireNothingLost(contents: ReadonlySet<string>): void {
    const left = contentsOf(this.#pair, true);
    const alive = contentsOf(this.#pair);
    const { mode, conflict } = this.#choice;
    for (const content of contents) {
      expect(left.has(content), `${content} is nowhere any more`).toBe(true);
      const isEdit = !this.#known.has(content);
      if (isEdit && mode === 'two-way' && conflict === 'keep-both') {
        expect(alive.has(content), `${content} was new, and only the trash has it`).toBe(true);
      }
    }
  }

  #requireAgreement({ status }: SyncResult): void {
    if (status !== 'clean' || this.#mayIgnore) return;
    const trees = this.#trees();
    const [source, destination] = trees.map((tree) => common(tree, trees, this.#places));
    const { mode } = this.#choice;
    if (mode === 'source-backup') expect(destination).toMatchObject(source ?? {});
    else if (mode === 'destination-backup') expect(source).toMatchObject(destination ?? {});
    else expect(source).toEqual(destination);
  }

  #trees(): readonly [Tree, Tree] {
    return [treeOf(this.#pair.source), treeOf(this.#pair.destination)];
  }
}

function someFolder(pair: Pair, dice: Dice): Choice['unreadable'] {
  const side = dice.pick(['source', 'destination'] as const);
  const folders = [...pair[side].snapshot().keys()].filter((path) => path.endsWith('/'));
  return folders.length === 0 ? undefined : { side, path: dice.pick(folders).slice(0, -1) };
}

/** What a tree holds below a folder, in whatever spelling. */
function below(tree: Tree, folder: string): Tree {
  const keyOf = (path: string): string => path.normalize('NFC').toLowerCase();
  return Object.fromEntries(Object.entries(tree).filter(([path]) => keyOf(path).startsWith(keyOf(`${folder}/`))));
}

function contentsOf({ source, destination }: Pair, reserved = false): Set<string> {
  const contents = new Set<string>();
  for (const side of [source, destination]) {
    for (const [path, content] of side.snapshot({ reserved })) if (!path.endsWith('/')) contents.add(content);
    if (reserved) for (const { text } of side.trashed()) contents.add(text);
  }
  return contents;
}
