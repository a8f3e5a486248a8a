export type { Action, Fault, PairTraits, Round, SideTraits, SimulationCase, Step } from './case.ts';
export type { DrawOptions } from './draw-traits.ts';
export { generate } from './generate.ts';
export { type Played, type PlayOptions, play } from './play.ts';
export { PromiseBroken, type PromiseName } from './promise-broken.ts';
export {
  type ReplayOptions,
  replay,
  type SimulateOptions,
  type SimulationFailure,
  type SimulationReport,
  simulate,
  tell,
} from './simulate.ts';
export type { CreateSide } from './world.ts';
