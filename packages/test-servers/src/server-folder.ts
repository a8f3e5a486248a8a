import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from './running-server.ts';

/**
 * Reads process ids from its input. At the end of it, which comes with `stop` and with the death of whoever started it,
 * it kills their groups and removes the folder ($1). Nothing that these servers hold is worth an orderly end.
 */
const watchdog = `
pids=
while read -r pid; do pids="$pids -$pid"; done
[ -n "$pids" ] && kill -s KILL -- $pids
rm -rf -- "$1" || { sleep 0.2; rm -rf -- "$1"; }
`;

/**
 * A folder of its own for a server below the system's temporary folder, and the processes that belong to it: they end and
 * the folder goes when `stop` is called, and as well when this process dies, however that happens.
 */
export class ServerFolder implements RunningServer {
  readonly path: string;
  readonly #watchdog: ChildProcess;
  readonly #gone: Promise<void>;
  #isStopped = false;

  /** @param name of the server, for the folder's name and messages */
  constructor(name: string) {
    this.path = mkdtempSync(join(tmpdir(), `syncengine-${name}-`));
    this.#watchdog = spawn('sh', ['-c', watchdog, 'watchdog', this.path], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#gone = new Promise((resolve, reject) => {
      this.#watchdog.once('error', reject);
      this.#watchdog.once('exit', () => resolve());
    });
    this.#watchdog.unref();
  }

  /**
   * Starts a process that stays in the foreground; what it says goes to `<name>.log` in the folder.
   *
   * @returns what rejects when the process ends, with the end of its log
   */
  start(name: string, command: string, parameters: readonly string[], environment?: NodeJS.ProcessEnv): Promise<never> {
    const log = this.file(`${name}.log`);
    const output = openSync(log, 'a');
    const server = spawn(command, parameters, {
      cwd: this.path,
      detached: true,
      stdio: ['ignore', output, output],
      ...(environment === undefined ? {} : { env: environment }),
    });
    closeSync(output);
    server.unref();
    if (server.pid !== undefined) this.#watchdog.stdin?.write(`${server.pid}\n`);
    const ended = new Promise<never>((_, reject) => {
      server.once('error', reject);
      server.once('exit', (code, signal) => {
        if (this.#isStopped) return;
        reject(new Error(`${command} ended with ${code ?? signal}. The end of its log:\n${tail(log)}`));
      });
    });
    // Nobody may be waiting by the time that the server is stopped.
    ended.catch(() => undefined);
    return ended;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watchdog.ref();
    this.#watchdog.stdin?.end();
    await this.#gone;
  }
}

/** Runs a command to its end. Fails with what it said when its exit code is not 0. */
export function run(command: string, parameters: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      ...(environment ? { env: environment } : {}),
    } as const;
    execFile(command, parameters, options, (error, output, complaints) => {
      if (error === null) resolve(output);
      else
        reject(
          new Error(`${command} ${parameters.join(' ')} failed: ${complaints || error.message}`, { cause: error }),
        );
    });
  });
}

/**
 * Asks `isReady` until it says so, at most for a minute.
 *
 * @param ended rejects when the server died in the meantime
 */
export async function untilReady(what: string, isReady: () => Promise<boolean>, ended: Promise<never>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await Promise.race([isReady(), ended]))) {
    if (Date.now() > deadline) throw new Error(`${what} was not ready within a minute.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').slice(-2_000);
}
