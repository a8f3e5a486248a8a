import { SyncEngineError } from '../errors.ts';
import { type CaseFolding, joinKey, nameOf } from '../paths/index.ts';
import { type PathTest, type Pattern, parsePattern } from './pattern.ts';

/** What rules say of a path; `undecided` when no pattern matched. */
export type IgnoreVerdict = 'ignored' | 'included' | 'undecided';

/** The rules of one ignore file or of one list of patterns. Immutable. */
export interface IgnoreRules {
  /** Where the rules come from, for messages. */
  readonly origin: string;
  /** Rules with the same patterns for the same directory have the same fingerprint; comments do not count. */
  readonly fingerprint: string;
  /** True when there is no pattern at all. */
  readonly isEmpty: boolean;
  /** What these rules alone say of a path, relative to the root of the side; the last pattern that matches decides. */
  verdict(path: string, isDirectory: boolean): IgnoreVerdict;
}

export interface IgnoreRulesOptions {
  /** Shown in messages, such as `docs/.syncignore` or `options`. */
  readonly origin: string;
  /** The directory that the patterns are relative to. Default: `''`, the root. */
  readonly directory?: string | undefined;
  /** Default: false. */
  readonly ignoreCase?: boolean | undefined;
}

// Ignore files come out of the folders that are synchronised: they are not to be trusted with memory or time.
const maximumCharacters = 1024 * 1024;
const maximumLines = 100_000;
const maximumPatternCharacters = 4096;

/**
 * Parses gitignore text as gitignore(5) describes it and as git treats it: lines may end in CRLF, a byte order mark at
 * the start is skipped, malformed patterns (an unclosed `[`, a backslash at the end) match nothing.
 *
 * It differs from git in three points, none of which concerns ASCII names where case counts: `?` and `[…]` stand for
 * one character, where git takes one byte; names and patterns are compared in Unicode's composed form; ignoring case
 * covers all letters, where git knows A to Z only, and inside brackets forgets even some of those.
 *
 * Throws `invalid-ignore-file` for a NUL character, more than 1 Mi characters, 100,000 lines, or 4,096 characters in
 * one pattern.
 */
export function parseIgnoreRules(text: string, options: IgnoreRulesOptions): IgnoreRules {
  const { origin, directory = '', ignoreCase = false } = options;
  const folding = ignoreCase ? 'ignore-case' : 'exact';
  const patterns = linesOf(text, origin).flatMap((line, index) => {
    if (line.length > maximumPatternCharacters && !line.startsWith('#')) {
      const excess = `the pattern has ${line.length} characters, the limit is ${maximumPatternCharacters}`;
      throw invalid(origin, index + 1, excess, 'shorten it or split it up');
    }
    return parsePattern(line, folding) ?? [];
  });
  return new CompiledRules(origin, directory, folding, patterns);
}

function linesOf(text: string, origin: string): string[] {
  if (text.length > maximumCharacters) {
    const excess = `it has ${text.length} characters, the limit is ${maximumCharacters}`;
    throw invalid(origin, undefined, excess, 'remove what is not needed, or check that this is an ignore file at all');
  }
  const lines = joinKey(text.replace(/^\uFEFF/, ''), 'exact').split(/\r?\n|\r$/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > maximumLines) {
    const excess = `it has more than ${maximumLines} lines`;
    throw invalid(origin, maximumLines + 1, excess, 'use wildcards, or ignore whole directories');
  }
  const withNul = lines.findIndex((line) => line.includes('\0'));
  if (withNul !== -1) {
    const way = 'remove it; if the file was saved as UTF-16, save it as UTF-8';
    throw invalid(origin, withNul + 1, 'there is a NUL character', way);
  }
  return lines;
}

function invalid(origin: string, line: number | undefined, what: string, wayOut: string): SyncEngineError {
  const place = line === undefined ? origin : `${origin}, line ${line}`;
  const details = line === undefined ? { origin } : { origin, line };
  return new SyncEngineError('invalid-ignore-file', `Ignore rules in ${place}: ${what}. Way out: ${wayOut}.`, {
    details,
  });
}

/** The last pattern, by its position, that holds for files, and the last that holds for directories. */
interface LastPatterns {
  forFiles: number;
  forDirectories: number;
}

const none = -1;

function positionIn(table: ReadonlyMap<string, LastPatterns>, key: string, isDirectory: boolean): number {
  // Not even hashing the key is worth the time for an empty table.
  const last = table.size === 0 ? undefined : table.get(key);
  if (last === undefined) return none;
  return isDirectory ? last.forDirectories : last.forFiles;
}

class CompiledRules implements IgnoreRules {
  readonly origin: string;
  readonly fingerprint: string;
  readonly isEmpty: boolean;
  readonly #directoryPrefix: string;
  readonly #folding: CaseFolding;
  readonly #verdicts: readonly IgnoreVerdict[];
  readonly #names = new Map<string, LastPatterns>();
  readonly #extensions = new Map<string, LastPatterns>();
  readonly #paths = new Map<string, LastPatterns>();
  /** Patterns that no look-up can answer, the last one first. */
  readonly #tests: { position: number; directoriesOnly: boolean; test: PathTest }[] = [];

  constructor(origin: string, directory: string, folding: CaseFolding, patterns: readonly Pattern[]) {
    this.origin = origin;
    this.isEmpty = patterns.length === 0;
    const sources = patterns.map(({ source }) => source).join('\n');
    this.#directoryPrefix = directory === '' ? '' : joinKey(`${directory}/`, folding);
    this.fingerprint = this.isEmpty ? '' : `${folding}\0${this.#directoryPrefix}\0${sources}`;
    this.#folding = folding;
    this.#verdicts = patterns.map(({ negated }) => (negated ? 'included' : 'ignored'));
    patterns.forEach((pattern, position) => this.#add(pattern, position));
    this.#tests.reverse();
  }

  #add({ target, directoriesOnly }: Pattern, position: number): void {
    if (target.by === 'test') {
      this.#tests.push({ position, directoriesOnly, test: target.test });
      return;
    }
    const table = { name: this.#names, extension: this.#extensions, path: this.#paths }[target.by];
    const last = table.get(target.value);
    table.set(target.value, {
      forFiles: directoriesOnly ? (last?.forFiles ?? none) : position,
      forDirectories: position,
    });
  }

  verdict(path: string, isDirectory: boolean): IgnoreVerdict {
    const key = joinKey(path, this.#folding);
    if (!key.startsWith(this.#directoryPrefix)) return 'undecided';
    const relative = key.slice(this.#directoryPrefix.length);
    const name = nameOf(relative);
    return this.#verdicts[this.#lastMatch(relative, name, isDirectory)] ?? 'undecided';
  }

  #lastMatch(path: string, name: string, isDirectory: boolean): number {
    const extension = name.slice(Math.max(0, name.lastIndexOf('.')));
    const last = Math.max(
      positionIn(this.#names, name, isDirectory),
      positionIn(this.#paths, path, isDirectory),
      positionIn(this.#extensions, extension, isDirectory),
    );
    // Only a test that stands after what was found could still change the answer.
    for (const { position, directoriesOnly, test } of this.#tests) {
      if (position < last) break;
      if ((isDirectory || !directoriesOnly) && test(path, name)) return position;
    }
    return last;
  }
}
