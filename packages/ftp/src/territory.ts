import { isWithin, storageFailure } from '@syncengine/core';
import { directoryIn, isDone, type Reply } from './reply.ts';

/** Commands to send, and what their answers mean. */
export interface Question<Answer> {
  readonly commands: readonly string[];
  /** Takes exactly the answers to the commands. */
  read(replies: readonly Reply[]): Answer;
}

/**
 * Where the root lies on the server, and which directories are known to lie really inside it. Links are followed by the server,
 * so the path alone proves nothing: the server is asked to go there and to tell where it has arrived.
 */
export class Territory {
  readonly #root: string;
  readonly #inside = new Set<string>();
  /** Where the root really is, after links. */
  #realRoot: readonly string[] | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** A path as commands name it. */
  place(path: string): string {
    if (path === '') return this.#root === '' ? '/' : this.#root;
    return `${this.#root}/${path}`;
  }

  isKnown(directory: string): boolean {
    return this.#inside.has(directory);
  }

  /** What was made by this client itself, below what is known. */
  learn(directory: string): void {
    this.#inside.add(directory);
  }

  /** What lies at a path and below it may be something else from now on. */
  forget(path: string): void {
    for (const directory of this.#inside) if (isWithin(directory, path)) this.#inside.delete(directory);
  }

  /** Forgets everything: a new run begins. */
  clear(): void {
    this.#inside.clear();
    this.#realRoot = undefined;
  }

  /**
   * Goes to a directory. The answer is `undefined` when it is there and inside the root, and the refusal when the server does not
   * go there.
   *
   * @throws SyncEngineError `outside-root`, when the answers are read
   */
  enter(directory: string): Question<Reply | undefined> {
    const rootFirst = this.#realRoot === undefined || directory === '';
    const commands = rootFirst ? [`CWD ${this.place('')}`, 'PWD'] : [];
    if (directory !== '') commands.push(`CWD ${this.place(directory)}`, 'PWD');
    return {
      commands,
      read: (replies) => {
        if (rootFirst) {
          const [went, where] = replies;
          if (!isDone(went)) return went;
          if (where !== undefined) this.#realRoot = directoryIn(where);
          if (directory === '') this.#inside.add('');
        }
        if (directory === '') return undefined;
        const [went, where] = replies.slice(-2);
        if (!isDone(went) || where === undefined) return went;
        if (!this.#contains(directoryIn(where))) throw storageFailure('outside-root', directory);
        this.#inside.add(directory);
        return undefined;
      },
    };
  }

  /** Where a directory really lies, after links: its path below the root, or `undefined` where it does not lie there. */
  locate(directory: string): Question<string | undefined> {
    return {
      commands: [`CWD ${this.place('')}`, 'PWD', `CWD ${this.place(directory)}`, 'PWD'],
      read: ([toRoot, root, went, where]) => {
        if (!isDone(toRoot) || root === undefined || !isDone(went) || where === undefined) return undefined;
        // The more usual way to write quotation marks comes first, for the root and the directory alike.
        const [top] = directoryIn(root);
        const [real] = directoryIn(where);
        if (top === undefined || real === undefined) return undefined;
        if (real === top) return '';
        const start = top === '/' ? top : `${top}/`;
        return real.startsWith(start) ? real.slice(start.length) : undefined;
      },
    };
  }

  #contains(candidates: readonly string[]): boolean {
    const roots = this.#realRoot ?? [];
    return candidates.some((real) =>
      roots.some((root) => real === root || real.startsWith(root === '/' ? '/' : `${root}/`)),
    );
  }
}
