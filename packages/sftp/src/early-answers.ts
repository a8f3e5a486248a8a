import type ssh2 from 'ssh2';
import type { SFTPWrapper, Stats } from 'ssh2';
import { probeShell } from './shell.ts';
import { type Executed, execute, type FirstSteps } from './ssh/index.ts';

/** What is asked about the root before a session is ready: each answer that is waited for costs a round trip. */
export class EarlyAnswers implements FirstSteps {
  /** For `Shell.find`. */
  probing: Promise<Executed | undefined> = Promise.resolve(undefined);
  /** `undefined` where it was not asked, or no answer came: the session has to be asked, and tells why. */
  stats: Promise<Stats | undefined> = Promise.resolve(undefined);
  /** As `stats`. */
  real: Promise<string | undefined> = Promise.resolve(undefined);
  readonly #root: string;

  /** @param root as it was given */
  constructor(root: string) {
    this.#root = root;
  }

  loggedIn(connection: ssh2.Client): void {
    this.probing = probeShell((command, input) => execute(connection, command, input), this.#root);
    // Whoever asks for it is told; when the log in fails after all, nobody does.
    this.probing.catch(() => undefined);
  }

  opened(sftp: SFTPWrapper): void {
    this.stats = new Promise((resolve) => {
      sftp.stat(this.#root, (error, stats) => resolve(error ? undefined : stats));
    });
    this.real = new Promise((resolve) => {
      sftp.realpath(this.#root, (error, path) => resolve(error ? undefined : path));
    });
  }
}
