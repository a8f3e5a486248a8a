import type { Reply } from './reply.ts';

export type OnReply = (reply: Reply, index: number) => void;

/** What commands are owed that were sent together. */
interface Owed {
  readonly commands: number;
  readonly replies: Reply[];
  readonly onReply: OnReply;
  /** Milliseconds that each answer may take. */
  readonly patience: number;
  readonly resolve: (replies: readonly Reply[]) => void;
  readonly reject: (reason: Error) => void;
}

/** The channel that commands are sent over, and what it tells of silence. */
export interface Channel {
  send(text: string): void;
  /** From now on an answer is owed within so many milliseconds. */
  onOwed(patience: number): void;
  /** No answer is owed any more. */
  onSettled(): void;
}

/**
 * Commands and the answers to them, which come in the order of the commands. Whoever comes later need not wait until those
 * before have their answers; what is said in one turn of the event loop goes in one packet.
 */
export class Conversation {
  readonly #channel: Channel;
  readonly #owed: Owed[] = [];
  readonly #outgoing: string[] = [];
  #ended: Error | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Sends commands, each of which is one line, and gives the answers to them, refusals included. */
  say(commands: readonly string[], onReply: OnReply, patience: number): Promise<readonly Reply[]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    // A command in a packet of its own costs the server and us as much as its work.
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(...commands);
    return new Promise((resolve, reject) => {
      this.#owed.push({ commands: commands.length, replies: [], onReply, patience, resolve, reject });
      if (this.#owed.length === 1) this.#channel.onOwed(patience);
    });
  }

  /**
   * Takes the next answer.
   *
   * @returns false when nobody is owed one
   */
  hear(reply: Reply): boolean {
    const [first] = this.#owed;
    if (first === undefined) return false;
    this.#channel.onOwed(first.patience);
    first.onReply(reply, first.replies.length);
    if (reply.code < 200) return true;
    first.replies.push(reply);
    if (first.replies.length < first.commands) return true;
    this.#owed.shift();
    const next = this.#owed[0];
    if (next === undefined) this.#channel.onSettled();
    else this.#channel.onOwed(next.patience);
    first.resolve(first.replies);
    return true;
  }

  /** No more answers will come. */
  end(reason: Error): void {
    this.#ended ??= reason;
    this.#outgoing.length = 0;
    for (const { reject } of this.#owed.splice(0)) reject(reason);
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    const text = this.#outgoing.map((command) => `${command}\r\n`).join('');
    this.#outgoing.length = 0;
    this.#channel.send(text);
  }
}
