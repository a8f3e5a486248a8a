import type { MoveStep } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { ancestorsOf } from '../paths/index.ts';

/** Where the moves of a plan take something away, and where they bring it: what is done there waits for them. */
export class MovedPlaces {
  /** Keys that something leaves or comes to, by side. */
  readonly #concerned: Readonly<Record<Side, Set<string>>> = { source: new Set(), destination: new Set() };
  /** Keys of folders inside which something comes, by side. */
  readonly #filled: Readonly<Record<Side, Set<string>>> = { source: new Set(), destination: new Set() };
  /** Operations that bring something to a key, by side. */
  readonly #arrivals: Readonly<Record<Side, Map<string, number>>> = { source: new Map(), destination: new Map() };

  constructor(steps: readonly MoveStep[]) {
    for (const { side, from, to, completes } of steps) {
      this.#concerned[side].add(from.key);
      if (!completes) continue;
      this.#concerned[side].add(to.key);
      for (const folder of ancestorsOf(to.key)) this.#filled[side].add(folder);
    }
  }

  /** @param operation id of the operation that carries the step out */
  planned({ side, to, completes }: MoveStep, operation: number): void {
    if (completes) this.#arrivals[side].set(to.key, operation);
  }

  /** True as long as nothing is planned to be brought anywhere. */
  get isEmpty(): boolean {
    return this.#arrivals.source.size + this.#arrivals.destination.size === 0;
  }

  /** The planned operations that bring what is at a key, or the folders around it, to its place on either side. */
  before(key: string): number[] {
    return [...this.#within('source', key), ...this.#within('destination', key)];
  }

  /** Earlier steps without which a step finds nothing, or makes a folder that is yet to come. */
  beforeStep({ side, from, to }: MoveStep): number[] {
    const around = [...ancestorsOf(from.key), ...ancestorsOf(to.key)];
    return [...new Set(this.#arrivedAt(side, around))];
  }

  /** True where nothing can be put in order before something has moved. */
  isUnsettled(side: Side, key: string): boolean {
    const concerned = this.#concerned[side];
    return (concerned.size > 0 && around(key).some((place) => concerned.has(place))) || this.before(key).length > 0;
  }

  /** True for a folder that a move makes on its way, if it is not there by then. */
  isFilled(side: Side, key: string): boolean {
    return this.#filled[side].has(key);
  }

  #within(side: Side, key: string): number[] {
    return this.#arrivals[side].size === 0 ? [] : this.#arrivedAt(side, around(key));
  }

  #arrivedAt(side: Side, keys: readonly string[]): number[] {
    const arrivals = this.#arrivals[side];
    return keys.flatMap((key) => arrivals.get(key) ?? []);
  }
}

/** The key and the folders around it. */
function around(key: string): string[] {
  return [...ancestorsOf(key), key];
}
