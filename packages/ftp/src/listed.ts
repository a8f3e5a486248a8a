import { childOf, type Entry, type NameRules, nameProblem } from '@syncengine/core';

/** What one line of a listing says. */
export interface Listed {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Bytes. */
  readonly size: number | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number | undefined;
  readonly identity: string | undefined;
  /** Of a symbolic link, where the line tells it. */
  readonly target: string | undefined;
  /** The nine permission bits. */
  readonly mode: number | undefined;
}

/** The version of a file: all that FTP tells of its content. */
function versionOfFile(size: number, modifiedAt: number | undefined): string {
  return `${size}-${modifiedAt === undefined ? 'unknown' : modifiedAt / 1_000}`;
}

/** A line as an entry at a path. */
export function entryOf(path: string, listed: Listed): Entry {
  const { kind, size, modifiedAt, identity, target } = listed;
  switch (kind) {
    case 'directory':
      return { kind, path, modifiedAt, identity };
    case 'symlink':
      // Where the server does not say where a link leads, it is a thing that nobody can copy.
      if (target === undefined) return { kind: 'other', path, what: 'symbolic link', modifiedAt, identity };
      return { kind, path, version: `link-${target}`, target, modifiedAt, identity };
    case 'other':
      return { kind, path, what: 'special file', modifiedAt, identity };
    case 'file':
      if (size === undefined) {
        return { kind: 'unknown', path, code: 'unreadable', message: `The server does not tell the size of ${path}.` };
      }
      return { kind, path, version: versionOfFile(size, modifiedAt), size, modifiedAt, identity };
  }
}

/** Why an entry of this name cannot be worked with, told in its place; `undefined` where it can. */
export function unusableName(directory: string, name: string, rules: NameRules): Entry | undefined {
  // A name that leads elsewhere is passed on as it is: whoever scans refuses it.
  if (nameProblem(name) !== undefined || rules.forbidden?.test(name) !== true) return undefined;
  const path = childOf(directory, name);
  const message = `The server lists ${JSON.stringify(path)}, but with this name it cannot be asked for; rename it there.`;
  return { kind: 'unknown', path, code: 'unsupported-name', message };
}
