import type { PairTraits, Round } from './case.ts';
import type { Look } from './look.ts';
import type { Session } from './session.ts';
import type { World } from './world.ts';

/** A time between two looks. */
export interface Span {
  readonly world: World;
  readonly traits: PairTraits;
  readonly round: Round;
  readonly before: Look;
  readonly after: Look;
}

/** One run, and what is known of it from outside. */
export interface Trial extends Span {
  /** What both sides held when the plan was made, where that was earlier: what came since, it cannot know. */
  readonly planned?: Look | undefined;
  readonly session: Session;
}
