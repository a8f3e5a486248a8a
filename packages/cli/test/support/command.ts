import { EventEmitter } from 'node:events';
import type { Input, Output } from '../../src/environment.ts';
import { main } from '../../src/index.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of the terminal that standard output is. Default: it is none. */
  readonly columns?: number;
  /** Whoever answers questions. Default: nobody. */
  readonly stdin?: Input;
  /** Also gets what is written to standard error, and says whether that is a terminal. */
  readonly stderr?: Output;
  /** Called with each piece of standard error. */
  readonly onStderr?: (text: string, signals: EventEmitter) => void;
}

export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Codes that the process was to be ended with at once. */
  readonly exits: readonly number[];
}

/** Runs the command inside this process. */
export async function command(argv: readonly string[], options: CommandOptions = {}): Promise<CommandOutcome> {
  const signals = new EventEmitter();
  const exits: number[] = [];
  let stdout = '';
  let stderr = '';
  const code = await main({
    argv,
    stdout: {
      isTTY: options.columns !== undefined,
      columns: options.columns,
      write(text) {
        stdout += text;
      },
    },
    stderr: {
      isTTY: options.stderr?.isTTY,
      columns: options.stderr?.columns,
      write(text) {
        stderr += text;
        options.stderr?.write(text);
        options.onStderr?.(text, signals);
      },
    },
    stdin: options.stdin,
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    signals,
    exit: (exitCode) => exits.push(exitCode),
  });
  if (signals.eventNames().length > 0) throw new Error('The command left signal handlers behind.');
  return { code, stdout, stderr, exits };
}
