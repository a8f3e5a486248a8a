import { MalformedState } from './state-errors.ts';

/**
 * Whole numbers up to 2^53, those near zero in few bytes: of each, half a byte tells its sign and how many bytes follow.
 */
export class NumberWriter {
  readonly #lengths: number[] = [];
  readonly #bytes: number[] = [];

  put(value: number): void {
    const at = this.#bytes.length;
    for (let rest = Math.abs(value); rest > 0; rest = Math.floor(rest / 256)) this.#bytes.push(rest % 256);
    this.#lengths.push(this.#bytes.length - at + (value < 0 ? 8 : 0));
  }

  /** The lengths, two in a byte, and the bytes. */
  take(): { readonly lengths: Buffer; readonly bytes: Buffer } {
    const lengths = Buffer.alloc(Math.ceil(this.#lengths.length / 2));
    for (const [index, length] of this.#lengths.entries()) {
      lengths[index >> 1] = (lengths[index >> 1] ?? 0) | (length << (4 * (index & 1)));
    }
    return { lengths, bytes: Buffer.from(this.#bytes) };
  }
}

/** Values of the bytes by their places. */
const weights = [1, 256, 65_536, 16_777_216, 2 ** 32, 2 ** 40, 2 ** 48];

export class NumberReader {
  readonly #lengths: Uint8Array;
  readonly #bytes: Uint8Array;
  #next = 0;
  #at = 0;

  constructor(lengths: Uint8Array, bytes: Uint8Array) {
    this.#lengths = lengths;
    this.#bytes = bytes;
  }

  /** The next number. Behind the last one it is without meaning: see `end`. */
  take(): number {
    const pair = this.#lengths[this.#next >> 1] ?? 0;
    const head = this.#next & 1 ? pair >> 4 : pair & 15;
    this.#next += 1;
    const length = head & 7;
    let value = 0;
    for (let index = 0; index < length; index += 1) {
      value += (this.#bytes[this.#at + index] ?? 0) * (weights[index] ?? 0);
    }
    this.#at += length;
    return head & 8 ? -value : value;
  }

  /** @throws MalformedState when not exactly what was put has been taken */
  end(): void {
    if (this.#at !== this.#bytes.byteLength || (this.#next + 1) >> 1 !== this.#lengths.byteLength) {
      throw new MalformedState('a block has too many numbers, or too few');
    }
  }
}
