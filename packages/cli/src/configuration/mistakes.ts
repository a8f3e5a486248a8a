import { getNodePath, type Node } from 'jsonc-parser';
import { usageError } from '../usage.ts';

/** More than this nobody mends at once. */
const mostTold = 10;

/** What is wrong in one file, each with its line, its column and its field. */
export class Mistakes {
  readonly #file: string;
  readonly #text: string;
  readonly #found: Array<{ readonly offset: number; readonly message: string }> = [];

  /** @param file as it is told to people */
  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /** Notes what is wrong with a value, and what to do. */
  at(node: Node, message: string): undefined {
    const field = fieldOf(node);
    this.atOffset(node.offset, field === '' ? message : `${field}: ${message}`);
    return undefined;
  }

  atOffset(offset: number, message: string): void {
    this.#found.push({ offset, message });
  }

  /** @throws SyncEngineError `invalid-options` when there are any; all of them are in its cause, in order */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const found = [...this.#found].sort((left, right) => left.offset - right.offset);
    const messages = found.slice(0, mostTold).map(({ offset, message }) => `${this.#place(offset)}: ${message}`);
    if (found.length > mostTold) messages.push(`${this.#file}: ${found.length - mostTold} more mistakes`);
    const errors = messages.map((message) => usageError(message));
    throw usageError(messages.join('\n'), new AggregateError(errors));
  }

  /** `file:line:column`, as editors and terminals understand it; both count from 1. */
  #place(offset: number): string {
    const before = this.#text.slice(0, offset).split('\n');
    const column = (before.at(-1) ?? '').length + 1;
    return `${this.#file}:${before.length}:${column}`;
  }
}

/** `pairs.documents.ignore[0]` */
function fieldOf(node: Node): string {
  return getNodePath(node)
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}
