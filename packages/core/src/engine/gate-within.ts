import { Gate } from '../control/index.ts';

/** A gate for one of several that share another: whoever passes it has passed both. */
export class GateWithin extends Gate {
  readonly #shared: Gate;

  constructor(limit: number, shared: Gate) {
    super(Math.min(limit, shared.limit));
    this.#shared = shared;
  }

  override async run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return await super.run(() => this.#shared.run(work, signal), signal);
  }
}
