import type { PlacedMove } from './placed-move.ts';

interface Waiting {
  move: PlacedMove;
  position: number;
  /** How many of the places that it needs are still taken. */
  taken: number;
}

/** Moves that wait for places, in a line. Each step costs what it changes, however long the line is. */
export class WaitingMoves {
  /** By position; `undefined` for those who left. */
  readonly #line: Array<Waiting | undefined> = [];
  /** Nobody stands before it. */
  #first = 0;
  readonly #free = new FirstOfAll();
  readonly #byPlace = new Map<string, Waiting[]>();

  /** @param takenFor the places that a move waits for, each once */
  constructor(moves: readonly PlacedMove[], takenFor: (move: PlacedMove) => readonly string[]) {
    for (const move of moves) {
      const places = takenFor(move);
      const waiting = { move, position: this.#line.length, taken: places.length };
      this.#line.push(waiting);
      if (places.length === 0) this.#free.add(waiting.position);
      for (const place of places) {
        const others = this.#byPlace.get(place);
        if (others === undefined) this.#byPlace.set(place, [waiting]);
        else others.push(waiting);
      }
    }
  }

  /** Takes the first one out of the line that waits for nothing; `undefined` when every one does. */
  takeFree(): PlacedMove | undefined {
    const position = this.#free.take();
    const waiting = position === undefined ? undefined : this.#line[position];
    if (waiting !== undefined) this.#line[waiting.position] = undefined;
    return waiting?.move;
  }

  /** The first one in the line. */
  first(): PlacedMove | undefined {
    while (this.#first < this.#line.length && this.#line[this.#first] === undefined) this.#first += 1;
    return this.#line[this.#first]?.move;
  }

  /** The first one goes to the end of the line, and starts from somewhere else. */
  stepAside(from: PlacedMove['from']): void {
    const waiting = this.#line[this.#first];
    if (waiting === undefined) return;
    this.#line[this.#first] = undefined;
    waiting.move = { ...waiting.move, from };
    waiting.position = this.#line.length;
    this.#line.push(waiting);
  }

  /** Nothing stands at a place any more. */
  vacate(place: string): void {
    for (const waiting of this.#byPlace.get(place) ?? []) {
      waiting.taken -= 1;
      if (waiting.taken === 0) this.#free.add(waiting.position);
    }
    this.#byPlace.delete(place);
  }
}

/** Numbers of which the smallest is taken first: a heap, in which nobody is larger than the two behind it. */
class FirstOfAll {
  readonly #heap: number[] = [];

  add(value: number): void {
    const heap = this.#heap;
    let place = heap.length;
    for (let above = (place - 1) >> 1; place > 0 && (heap[above] ?? 0) > value; above = (place - 1) >> 1) {
      heap[place] = heap[above] ?? 0;
      place = above;
    }
    heap[place] = value;
  }

  take(): number | undefined {
    const heap = this.#heap;
    const smallest = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return smallest;
    let place = 0;
    for (let below = 1; below < heap.length; below = 2 * place + 1) {
      if ((heap[below + 1] ?? Number.POSITIVE_INFINITY) < (heap[below] ?? 0)) below += 1;
      if ((heap[below] ?? 0) >= last) break;
      heap[place] = heap[below] ?? 0;
      place = below;
    }
    heap[place] = last;
    return smallest;
  }
}
