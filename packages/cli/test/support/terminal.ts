import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../../src/environment.ts';

const escapeCharacter = '\u001b';
/** Up by some rows, clear from here on, start of the row, next row. */
const movement = new RegExp(`(${escapeCharacter}\\[\\d*[AJ]|\\r|\\n)`);
const upwards = new RegExp(`^${escapeCharacter}\\[(\\d*)A$`);

/** A terminal that understands what the live display writes, and shows what a person would see. */
export class FakeTerminal implements Output {
  readonly isTTY = true;
  columns: number;
  /** Everything that was written, piece by piece. */
  readonly written: string[] = [];
  /** Columns of the longest line. */
  widest = 0;
  readonly #rows: string[] = [''];
  #row = 0;

  constructor(columns = 80) {
    this.columns = columns;
  }

  write(text: string): void {
    this.written.push(text);
    for (const piece of text.split(movement)) this.#take(piece);
  }

  /** What stands on the screen, without colours and without empty lines at the end. */
  get screen(): readonly string[] {
    const rows = [...this.#rows];
    while (rows.at(-1) === '') rows.pop();
    return rows;
  }

  #take(piece: string): void {
    const up = upwards.exec(piece);
    if (up !== null) this.#row = Math.max(0, this.#row - Number(up[1] === '' ? 1 : up[1]));
    else if (piece === `${escapeCharacter}[J`) this.#rows.splice(this.#row, Number.POSITIVE_INFINITY, '');
    else if (piece === '\n') this.#nextRow();
    else if (piece !== '\r') this.#print(stripVTControlCharacters(piece));
  }

  #nextRow(): void {
    this.#row += 1;
    if (this.#row === this.#rows.length) this.#rows.push('');
  }

  #print(text: string): void {
    if (/\p{Cc}/u.test(text)) throw new Error(`A control character came through: ${JSON.stringify(text)}`);
    let row = '';
    let width = 0;
    for (const character of text) {
      const columns = character > '\u2e80' ? 2 : 1;
      if (width % this.columns === 0 && width > 0) {
        this.#rows[this.#row] = row;
        this.#nextRow();
        row = '';
      }
      row += character;
      width += columns;
    }
    this.widest = Math.max(this.widest, width);
    if (row !== '') this.#rows[this.#row] = row;
  }
}
