import type { ClientChannel } from 'ssh2';

/** A command that runs on the server and answers each line with a line, in their order. */
export class Conversation {
  readonly #channel: ClientChannel;
  readonly #waiting: Array<(answer: string | undefined) => void> = [];
  #text = '';
  #isOver = false;

  constructor(channel: ClientChannel) {
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => this.#hear(chunk.toString('latin1')));
    const end = (): void => this.#end();
    channel.on('close', end).on('end', end).on('error', end);
    channel.stderr.resume();
  }

  /** @returns the answer; `undefined` when the command has ended */
  ask(line: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.#isOver) return resolve(undefined);
      this.#waiting.push(resolve);
      this.#channel.write(`${line}\n`);
    });
  }

  #hear(text: string): void {
    const lines = `${this.#text}${text}`.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#waiting.shift()?.(line);
  }

  #end(): void {
    this.#isOver = true;
    for (const answer of this.#waiting.splice(0)) answer(undefined);
  }
}
