import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** What is built and what people run. */
export const binary: string = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessOutcome {
  /** `undefined` when a signal ended the process. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command in a process of its own. */
export class CommandProcess {
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #stdout = '';
  #stderr = '';
  #onOutput = (): void => undefined;

  constructor(argv: readonly string[], options: ProcessOptions = {}) {
    this.child = spawn(process.execPath, [binary, ...argv], {
      cwd: options.cwd,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.child, 'close');
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#onOutput();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#onOutput();
    });
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
  }

  /** Resolves as soon as the text stands on standard error. */
  async saysOnStderr(text: string): Promise<void> {
    const said = new Promise<void>((resolve) => {
      this.#onOutput = () => {
        if (this.#stderr.includes(text)) resolve();
      };
      this.#onOutput();
    });
    await Promise.race([
      said,
      this.#ended.then(() => {
        throw new Error(`The command ended without ${JSON.stringify(text)}: ${this.#stdout}${this.#stderr}`);
      }),
    ]);
  }

  async end(): Promise<ProcessOutcome> {
    await this.#ended;
    return {
      code: this.child.exitCode ?? undefined,
      signal: this.child.signalCode ?? undefined,
      stdout: this.#stdout,
      stderr: this.#stderr,
    };
  }
}

/** Runs the command to its end. */
export async function run(argv: readonly string[], options: ProcessOptions = {}): Promise<ProcessOutcome> {
  return await new CommandProcess(argv, options).end();
}
