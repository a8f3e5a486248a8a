import { nameOf } from '../paths/index.ts';
import { IgnoreChain } from './chain.ts';
import { parseIgnoreRules } from './rules.ts';

export interface IgnoreOptions {
  /**
   * Patterns for the whole tree, each written like a line of an ignore file in the root. They come first, so any
   * ignore file may take one back with `!`. Default: none.
   */
  readonly patterns?: readonly string[] | undefined;
  /** Name of the ignore files that are looked for in every directory; `false` for none. Default: `.syncignore`. */
  readonly fileName?: string | false | undefined;
  /**
   * Leaves out what begins with a dot, except the ignore files themselves. Every pattern goes before it: `!.keep`
   * includes `.keep` again. Default: false.
   */
  readonly excludeDotFiles?: boolean | undefined;
  /** Whether patterns match without regard to case. Default: false. */
  readonly ignoreCase?: boolean | undefined;
}

/**
 * Says which entries a scan leaves out. From weak to strong: `excludeDotFiles`, the patterns of the options, the ignore
 * file of the root, the ignore files of the directories on the way down. Among equals the later pattern decides.
 *
 * A scan carries one chain per directory: `root()`, then `enter()` for the root itself and for every directory that
 * `excludes()` did not rule out. What lies below an excluded directory is excluded with it, whatever a pattern says.
 */
export class IgnoreFileManager {
  /** Name of the ignore files; `undefined` when there are none to look for. */
  readonly fileName: string | undefined;
  readonly #root: IgnoreChain;
  readonly #excludeDotFiles: boolean;
  readonly #ignoreCase: boolean;

  /** Throws `invalid-ignore-file` for patterns that `parseIgnoreRules` refuses, TypeError for an impossible file name. */
  constructor(options: IgnoreOptions = {}) {
    const { patterns = [], fileName = '.syncignore', excludeDotFiles = false, ignoreCase = false } = options;
    if (fileName === '' || (fileName !== false && /[/\0]/.test(fileName))) {
      throw new TypeError(`The name of the ignore files must be a plain file name, not ${JSON.stringify(fileName)}.`);
    }
    this.fileName = fileName === false ? undefined : fileName;
    this.#root = IgnoreChain.empty.extend(parseIgnoreRules(patterns.join('\n'), { origin: 'options', ignoreCase }));
    this.#excludeDotFiles = excludeDotFiles;
    this.#ignoreCase = ignoreCase;
  }

  /** True where nothing is left out unless an ignore file says so. */
  get isIdle(): boolean {
    return this.#root.isEmpty && !this.#excludeDotFiles;
  }

  /** The chain that holds the patterns of the options. */
  root(): IgnoreChain {
    return this.#root;
  }

  /**
   * The chain in force inside `directory` (`''` is the root), given its parent's chain and the text of its own ignore
   * file, if it has one; `origin` names that file in messages. Throws `invalid-ignore-file` as `parseIgnoreRules` does.
   */
  enter(parent: IgnoreChain, directory: string, ignoreFileText: string | undefined, origin: string): IgnoreChain {
    if (ignoreFileText === undefined) return parent;
    return parent.extend(parseIgnoreRules(ignoreFileText, { origin, directory, ignoreCase: this.#ignoreCase }));
  }

  /** Whether a direct child is left out, given the chain in force inside its parent directory. */
  excludes(chain: IgnoreChain, path: string, isDirectory: boolean): boolean {
    const verdict = chain.verdict(path, isDirectory);
    if (verdict !== 'undecided') return verdict === 'ignored';
    if (!this.#excludeDotFiles) return false;
    const name = nameOf(path);
    return name.startsWith('.') && (isDirectory || name !== this.fileName);
  }
}
