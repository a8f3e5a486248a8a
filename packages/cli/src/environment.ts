import type { AdapterFlags } from './adapter-flags.ts';
import type { AdapterSources } from './adapter-packages.ts';

/** Somewhere to write text; a terminal says so. */
export interface Output {
  write(text: string): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal, in characters. */
  readonly columns?: number | undefined;
}

/** Of what is no terminal, or does not know its width and says 0: as many as everything can show. */
export function columnsOf({ columns }: Output): number {
  return columns === undefined || columns < 1 ? 80 : columns;
}

/** Somewhere to read lines from; a terminal says so. */
export interface Input extends NodeJS.ReadableStream {
  /** True for a terminal. */
  readonly isTTY?: boolean | undefined;
}

export type InterruptionSignal = 'SIGINT' | 'SIGTERM';

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(signal: InterruptionSignal, listener: () => void): unknown;
  off(signal: InterruptionSignal, listener: () => void): unknown;
}

/** Everything that the command knows of the world around it, so that it can be run inside another process. */
export interface Environment {
  /** Arguments after the name of the command. */
  readonly argv: readonly string[];
  /** Results: plan, summary, the JSON document. */
  readonly stdout: Output;
  /** Progress and diagnostics. */
  readonly stderr: Output;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What flags such as `--s3-endpoint` said, for the packages of the storages. Default: nothing. */
  readonly adapterFlags?: AdapterFlags | undefined;
  /** Packages of others that a configuration names, for addresses that no package of this project handles. */
  readonly adapters?: AdapterSources | undefined;
  /** Where answers to questions come from. Default: nobody can be asked. */
  readonly stdin?: Input | undefined;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  readonly signals: SignalSource;
  /** Ends the process at once; for a second interruption. */
  exit(code: number): void;
}
