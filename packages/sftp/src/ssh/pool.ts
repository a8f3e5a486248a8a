import { SyncEngineError } from '@syncengine/core';
import { unlessAborted } from '../aborting.ts';
import { connect, type FirstSteps } from './connect.ts';
import type { Session } from './session.ts';
import type { Target } from './target.ts';

/** Calls that one connection carries before another one is opened. */
const callsPerConnection = 24;

/**
 * The connections to one server: made when they are needed, and made anew after they were lost. More than one is only
 * opened while there is much to do, and a server that refuses another one is not asked again.
 */
export class ConnectionPool {
  readonly #target: Target;
  #firstSteps: FirstSteps | undefined;
  #limit: number;
  readonly #sessions = new Set<Session>();
  #connecting: Promise<Session> | undefined;
  #isClosed = false;

  /** @param limit connections at once, at least 1 */
  constructor(target: Target, limit: number, firstSteps?: FirstSteps) {
    this.#target = target;
    this.#limit = limit;
    this.#firstSteps = firstSteps;
  }

  /** Runs a call on the connection that has the least to do. */
  async use<Result>(work: (session: Session) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const session = await this.take(signal);
    try {
      return await work(session);
    } finally {
      this.give(session);
    }
  }

  /** Runs something that is not worth a new connection. */
  async useOpen(work: (session: Session) => Promise<void>): Promise<void> {
    const session = this.#leastBusy();
    if (session !== undefined) await work(session);
  }

  /** A connection, to be given back. */
  async take(signal?: AbortSignal): Promise<Session> {
    signal?.throwIfAborted();
    const session = this.#leastBusy() ?? (await unlessAborted(this.#connect(), signal));
    session.load += 1;
    if (session.load > callsPerConnection) this.#grow();
    return session;
  }

  give(session: Session): void {
    session.load -= 1;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // One that is still to come ends by itself; nobody waits for it.
    this.#connecting?.then(
      (session) => session.end(),
      () => undefined,
    );
    await Promise.all([...this.#sessions].map((session) => session.end()));
    this.#sessions.clear();
  }

  #leastBusy(): Session | undefined {
    let best: Session | undefined;
    for (const session of this.#sessions) {
      if (session.isLost) this.#sessions.delete(session);
      else if (best === undefined || session.load < best.load) best = session;
    }
    return best;
  }

  #connect(): Promise<Session> {
    if (this.#isClosed) return Promise.reject(new SyncEngineError('connection', 'This client was closed.'));
    this.#connecting ??= connect(this.#target, this.#firstSteps)
      .then((session) => {
        this.#firstSteps = undefined;
        if (!this.#isClosed) this.#sessions.add(session);
        return session;
      })
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }

  #grow(): void {
    if (this.#isClosed || this.#connecting !== undefined || this.#sessions.size >= this.#limit) return;
    this.#connect().catch(() => {
      // There is one already, so nothing is lost: the server takes as many as it has.
      this.#limit = Math.max(1, this.#sessions.size);
    });
  }
}
