import type { ProgressEvent, ProgressSnapshot } from '@syncengine/core';
import type { Output } from './environment.ts';
import { printableJson } from './printable.ts';

/** Milliseconds between two lines that tell how far a run is. */
const progressInterval = 1_000;

export type LogLevel = 'info' | 'warn' | 'error';

/** `--log-format json`: one JSON document a line, for programs that read along. */
export class JsonLog {
  readonly #output: Output;
  readonly #now: () => number;
  #lastProgressAt = 0;

  /** @param now milliseconds since the epoch */
  constructor(output: Output, now: () => number = Date.now) {
    this.#output = output;
    this.#now = now;
  }

  /** `time`, `level` and `event` come first, then the pair where it has a name, then what there is to say. */
  write(level: LogLevel, event: string, pair: string | undefined, fields: object): void {
    const time = new Date(this.#now()).toISOString();
    const line = { time, level, event, ...(pair === undefined ? {} : { pair }), ...fields };
    this.#output.write(`${printableJson(line)}\n`);
  }

  progress(event: ProgressEvent, snapshot: () => ProgressSnapshot, pair: string | undefined): void {
    switch (event.type) {
      case 'scan':
      case 'compare':
      case 'operation-progress':
        this.#tellProgress(snapshot, pair);
        return;
      case 'operation-failed': {
        const { operation, code, message } = event;
        this.write('warn', event.type, pair, { operation, code, message });
        return;
      }
      case 'problem':
      case 'conflict': {
        const { type, ...fields } = event;
        this.write('warn', type, pair, fields);
        return;
      }
      case 'summary': {
        const { status, snapshot: last } = event;
        this.write('info', 'summary', pair, { status, elapsedMs: last.elapsedMs });
        return;
      }
      case 'run-start':
      case 'plan':
      case 'operation-start':
      case 'operation-done':
      case 'notice': {
        const { type, ...fields } = event;
        this.write('info', type, pair, fields);
        return;
      }
    }
  }

  #tellProgress(snapshot: () => ProgressSnapshot, pair: string | undefined): void {
    if (this.#now() - this.#lastProgressAt < progressInterval) return;
    this.#lastProgressAt = this.#now();
    const { phase, scanned, to, bytesPerSecond, remainingMs, elapsedMs, conflicts, problems } = snapshot();
    this.write('info', 'progress', pair, {
      phase,
      scanned,
      to,
      bytesPerSecond: Math.round(bytesPerSecond),
      ...(remainingMs === undefined ? {} : { remainingMs }),
      elapsedMs,
      conflicts,
      problems,
    });
  }
}
