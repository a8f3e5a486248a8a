/**
 * Parts that may be held in memory ahead of who needs them, over all downloads of a client. Nobody waits for a place: who gets
 * none reads its parts one after the other. So downloads that wait for each other's consumers cannot stand still.
 */
export class LookAhead {
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  tryTake(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  giveBack(): void {
    this.#free += 1;
  }
}
