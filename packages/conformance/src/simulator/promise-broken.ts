/** The promises that the judge checks, as short names. */
export type PromiseName =
  | 'no content is lost'
  | 'old or new, never half'
  | 'a second run plans nothing'
  | 'both sides end equal'
  | 'killed or disturbed, the next run ends the same'
  | 'what cannot be seen is not touched'
  | 'the dry run is the run'
  | 'nothing outside the roots'
  | 'the leading side is never written'
  | 'a run tells the truth'
  | 'a run does not break';

/** What the judge throws when a promise does not hold. */
export class PromiseBroken extends Error {
  override readonly name = 'PromiseBroken';
  readonly promise: PromiseName;

  constructor(promise: PromiseName, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.promise = promise;
  }
}
