import { crc32 } from 'node:zlib';

/** The CRC-32 of zlib and PNG (polynomial 0xEDB88320), as eight hexadecimal digits. */
export class Crc32 {
  #value: number;

  /** @param value of the bytes so far */
  constructor(value = 0) {
    this.#value = value;
  }

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  digest(): string {
    return (this.#value >>> 0).toString(16).padStart(8, '0');
  }

  copy(): Crc32 {
    return new Crc32(this.#value);
  }
}
