import { type Channel, channel } from 'node:diagnostics_channel';
import type { ErrorCode, Side } from '../errors.ts';
import type { OperationSummary } from '../progress/index.ts';

/** What all messages of one run have in common. */
export interface RunIdentity {
  /** Tells the runs of a process apart: 1, 2, 3, … */
  readonly run: number;
  /** Ids of the two clients. */
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
}

/** On `syncengine:run`: a call of `plan`, `apply` or `sync`. Every start has its end. */
export type RunMessage =
  | (RunIdentity & { readonly stage: 'start' })
  | (RunIdentity & {
      readonly stage: 'end';
      /** As `SyncResult.status`; `planned` of a plan; `failed` when an error was thrown. */
      readonly status: string;
      /** What was thrown. */
      readonly error?: unknown;
    });

/** On `syncengine:scan`: what the scan of a side has seen until now. The last one has the path `''`. */
export interface ScanMessage extends RunIdentity {
  readonly side: Side;
  readonly files: number;
  readonly directories: number;
  readonly path: string;
}

/** On `syncengine:operation`: an operation begins, and is done or failed. */
export type OperationMessage =
  | (RunIdentity & { readonly stage: 'start' | 'done'; readonly operation: OperationSummary })
  | (RunIdentity & {
      readonly stage: 'failed';
      readonly operation: OperationSummary;
      readonly code: ErrorCode;
      readonly message: string;
    });

/** On `syncengine:retry`: a side failed in passing, and is tried again after a wait. */
export interface RetryMessage {
  readonly side: Side;
  /** Id of the client. */
  readonly client: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly path: string | undefined;
  /** Milliseconds until the next try. */
  readonly delayMs: number;
}

/** The names of the channels of `node:diagnostics_channel`. They are stable, and so are the fields of their messages. */
export const diagnosticsChannels: {
  readonly run: 'syncengine:run';
  readonly scan: 'syncengine:scan';
  readonly operation: 'syncengine:operation';
  readonly retry: 'syncengine:retry';
} = {
  run: 'syncengine:run',
  scan: 'syncengine:scan',
  operation: 'syncengine:operation',
  retry: 'syncengine:retry',
};

const channels: { readonly [Name in keyof typeof diagnosticsChannels]: Channel } = {
  run: channel(diagnosticsChannels.run),
  scan: channel(diagnosticsChannels.scan),
  operation: channel(diagnosticsChannels.operation),
  retry: channel(diagnosticsChannels.retry),
};

interface Messages {
  readonly run: RunMessage;
  readonly scan: ScanMessage;
  readonly operation: OperationMessage;
  readonly retry: RetryMessage;
}

/** Nothing is made where nobody listens. */
export function publish<Name extends keyof Messages>(name: Name, message: () => Messages[Name]): void {
  const target = channels[name];
  if (target.hasSubscribers) target.publish(message());
}
