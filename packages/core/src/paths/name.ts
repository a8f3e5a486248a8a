import { SyncEngineError } from '../errors.ts';

/** What a side can hold as the name of one entry. */
export interface NameRules {
  /** Characters that no name may have, besides `/` and NUL, which no side can hold. */
  readonly forbidden?: RegExp;
  /** Names that mean something else on this side (Windows: `CON`, `NUL`, …). */
  readonly reserved?: RegExp;
  /** Longest name in UTF-8 bytes. Default: unlimited. */
  readonly maximumBytes?: number;
  /** Longest path below the root in UTF-8 bytes. Default: unlimited. */
  readonly maximumPathBytes?: number;
}

/** Why `name` can be no entry's name on any side, or `undefined` when it can. Every name from a store passes here. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (name === '.' || name === '..') return `the name ${name} would lead to another directory`;
  if (name.includes('/')) return 'the name contains a slash';
  if (name.includes('\0')) return 'the name contains a NUL character';
  if (!name.isWellFormed()) return 'the name is no valid Unicode';
  return undefined;
}

/** Why a side cannot hold `name` at `path`, or `undefined` when it can. */
export function unsupportedName(name: string, path: string, rules: NameRules): string | undefined {
  if (rules.forbidden?.test(name)) return 'the name has a character that this side cannot hold';
  if (rules.reserved?.test(name)) return 'the name is reserved on this side';
  if (rules.maximumBytes !== undefined && exceedsBytes(name, rules.maximumBytes)) {
    return `the name is longer than ${rules.maximumBytes} bytes`;
  }
  if (rules.maximumPathBytes !== undefined && exceedsBytes(path, rules.maximumPathBytes)) {
    return `the path is longer than ${rules.maximumPathBytes} bytes`;
  }
  return undefined;
}

/**
 * Checks a path that a caller hands to a client: relative, no empty, `.` or `..` segments. `''` is the root.
 *
 * @throws SyncEngineError `invalid-name`
 */
export function requireValidPath(path: string): void {
  if (path === '') return;
  for (const name of path.split('/')) {
    const problem = nameProblem(name);
    if (problem !== undefined) {
      throw new SyncEngineError('invalid-name', `${JSON.stringify(path)} is no path inside a root: ${problem}.`, {
        path,
      });
    }
  }
}

/** Length in UTF-8 bytes. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      index += 1;
    } else bytes += 3;
  }
  return bytes;
}

function exceedsBytes(text: string, limit: number): boolean {
  // A UTF-16 unit is at most three UTF-8 bytes, so short names need no counting.
  return text.length * 3 > limit && byteLength(text) > limit;
}
