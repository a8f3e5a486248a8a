import type {
  RunOptions,
  Side,
  SyncEngine,
  SyncEngineOptions,
  SyncMode,
  SyncResult,
  SyncStatus,
} from '../../src/index.ts';
import type { Pair, PairOptions, Wrap } from './pair.ts';
import type { Changes, Tree } from './tree.ts';

/** Two sides in sync, what happened to them since, a run, and what is promised of it. */
export interface Scenario {
  /** What both sides hold after a first two-way run. Without it the run under test is the first. */
  readonly base?: Tree;
  /** What people did since; the source's changes come a minute before the destination's. */
  readonly source?: Changes;
  readonly destination?: Changes;
  readonly mode: string | SyncMode;
  /** Of both runs; conflicts, first-run preference, strictness and the marker only of the run under test. */
  readonly options?: Partial<SyncEngineOptions>;
  /** Only of the run under test. */
  readonly now?: Partial<SyncEngineOptions>;
  readonly run?: RunOptions;
  readonly clients?: PairOptions;
  /** How the sides of the run under test misbehave. */
  readonly wraps?: { readonly [side in Side]?: Wrap };
  readonly expect: Expected;
  /** Set to false where the mirrored scenario is another one; says why. */
  readonly mirror?: { readonly not: string };
  /** Paths that a clean run leaves different on the two sides, because it does not look at them. */
  readonly exempt?: (path: string) => boolean;
  /** Set by `mirrored`: whose changes come first. */
  readonly first?: Side;
}

export interface Expected {
  /** Both sides afterwards. Parents and the anchor need not be named. */
  readonly both?: Tree;
  readonly source?: Tree;
  readonly destination?: Tree;
  /** Default: `clean`. */
  readonly status?: SyncStatus;
  /** As `path reason resolution`. Default: none. */
  readonly conflicts?: readonly string[];
  /** As `side path code`. Default: none. */
  readonly problems?: readonly string[];
  readonly counts?: Partial<SyncResult['counts']>;
  /** As `kind side path`, in order. */
  readonly operations?: readonly string[];
  /** What each trash holds afterwards, by the paths that it had. Default: not looked at. */
  readonly trash?: { readonly source?: Tree; readonly destination?: Tree };
  readonly versions?: { readonly source?: Tree; readonly destination?: Tree };
  /** Keys that the base has afterwards, the anchor apart. Default: not looked at. */
  readonly known?: readonly string[];
}

export interface Outcome {
  readonly pair: Pair;
  readonly before: { readonly source: Tree; readonly destination: Tree };
  readonly source: Tree;
  readonly destination: Tree;
  readonly result: SyncResult;
  /** Keys that the base has. */
  readonly known: readonly string[];
}

/** The engine of the run under test. */
export function engineOf(pair: Pair, { mode, options, now, wraps }: Scenario): SyncEngine {
  return pair.engine({ ...options, ...now, mode }, wraps);
}
