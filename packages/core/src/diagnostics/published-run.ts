import type { ProgressEvent, ProgressListener } from '../progress/index.ts';
import { publish, type RunIdentity } from './channels.ts';

let runs = 0;

/** One run, told on the channels while it goes. */
export class PublishedRun {
  readonly #identity: RunIdentity;

  constructor(identity: Omit<RunIdentity, 'run'>) {
    runs += 1;
    this.#identity = { run: runs, ...identity };
    publish('run', () => ({ ...this.#identity, stage: 'start' }));
  }

  /** A listener that tells the channels, and then the listener inside. */
  listener(inner: ProgressListener | undefined): ProgressListener {
    return (event, snapshot) => {
      this.#tell(event);
      inner?.(event, snapshot);
    };
  }

  ended(status: string): void {
    publish('run', () => ({ ...this.#identity, stage: 'end', status }));
  }

  failed(error: unknown): void {
    publish('run', () => ({ ...this.#identity, stage: 'end', status: 'failed', error }));
  }

  #tell(event: ProgressEvent): void {
    switch (event.type) {
      case 'scan': {
        const { side, files, directories, path } = event;
        publish('scan', () => ({ ...this.#identity, side, files, directories, path }));
        return;
      }
      case 'operation-start':
        publish('operation', () => ({ ...this.#identity, stage: 'start', operation: event.operation }));
        return;
      case 'operation-done':
        publish('operation', () => ({ ...this.#identity, stage: 'done', operation: event.operation }));
        return;
      case 'operation-failed': {
        const { operation, code, message } = event;
        publish('operation', () => ({ ...this.#identity, stage: 'failed', operation, code, message }));
        return;
      }
      case 'run-start':
      case 'compare':
      case 'plan':
      case 'operation-progress':
      case 'conflict':
      case 'problem':
      case 'notice':
      case 'summary':
        return;
    }
  }
}
