import type { ErrorCode } from '../errors.ts';
import type { Entry, HashAlgorithm, Hashes } from '../storage/index.ts';
import { MalformedState } from './state-errors.ts';

const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

/** An entry as a client told it, to be kept as JSON; what is not there is left out. */
export function encodeEntry(entry: Entry): unknown {
  const { kind, path, modifiedAt, createdAt, permissions, identity } = entry;
  return { kind, path, modifiedAt, createdAt, permissions, identity, ...ownFields(entry) };
}

/** @throws MalformedState */
export function decodeEntry(value: unknown): Entry {
  const fields = new EntryFields(value);
  const common = {
    path: fields.text('path'),
    ...fields.numberIfAny('modifiedAt'),
    ...fields.numberIfAny('createdAt'),
    ...fields.numberIfAny('permissions'),
    ...fields.textIfAny('identity'),
  };
  const kind = fields.text('kind');
  switch (kind) {
    case 'file':
      return { kind, ...common, version: fields.text('version'), size: fields.number('size'), ...fields.hashesIfAny() };
    case 'directory':
      return { kind, ...common };
    case 'symlink':
      return { kind, ...common, version: fields.text('version'), target: fields.text('target') };
    case 'other':
      return { kind, ...common, what: fields.text('what') };
    case 'unknown': {
      // Sound: it was put there from an entry, and its checksum says that it is what was put there.
      const code = fields.text('code') as ErrorCode;
      return { kind, ...common, code, message: fields.text('message') };
    }
    default:
      throw new MalformedState('an entry is of no kind');
  }
}

function ownFields(entry: Entry): object {
  switch (entry.kind) {
    case 'file':
      return { version: entry.version, size: entry.size, hashes: entry.hashes };
    case 'directory':
      return {};
    case 'symlink':
      return { version: entry.version, target: entry.target };
    case 'other':
      return { what: entry.what };
    case 'unknown':
      return { code: entry.code, message: entry.message };
  }
}

/** The fields of a stored entry, each checked. */
class EntryFields {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null) throw new MalformedState('an entry is no record');
    this.#fields = new Map<string, unknown>(Object.entries(value));
  }

  text(name: string): string {
    const value = this.#fields.get(name);
    if (typeof value !== 'string') throw new MalformedState(`an entry lacks its ${name}`);
    return value;
  }

  number(name: string): number {
    const value = this.#fields.get(name);
    if (typeof value !== 'number') throw new MalformedState(`an entry lacks its ${name}`);
    return value;
  }

  textIfAny<Name extends string>(name: Name): { readonly [Key in Name]?: string } {
    // Sound: the only key is the name.
    return this.#fields.has(name) ? ({ [name]: this.text(name) } as { [Key in Name]: string }) : {};
  }

  numberIfAny<Name extends string>(name: Name): { readonly [Key in Name]?: number } {
    // Sound: the only key is the name.
    return this.#fields.has(name) ? ({ [name]: this.number(name) } as { [Key in Name]: number }) : {};
  }

  hashesIfAny(): { readonly hashes?: Hashes } {
    const value = this.#fields.get('hashes');
    if (value === undefined) return {};
    const stored = new EntryFields(value);
    const hashes: Record<string, string> = {};
    for (const algorithm of algorithms) Object.assign(hashes, stored.textIfAny(algorithm));
    return { hashes };
  }
}
