import type { IgnoreRules, IgnoreVerdict } from './rules.ts';

/**
 * The rules in force inside one directory, from the root down to it; the innermost rules that match decide. A chain is
 * never changed: a directory without rules of its own shares the chain of its parent.
 *
 * A chain speaks of one path only. That nothing comes back below an ignored directory is up to whoever walks the tree,
 * by not descending into it.
 */
export class IgnoreChain {
  static readonly empty: IgnoreChain = new IgnoreChain(undefined, undefined);

  readonly #outer: IgnoreChain | undefined;
  readonly #rules: IgnoreRules | undefined;
  /** Equal for chains that hold the same patterns for the same directories; `''` for the empty chain. */
  readonly fingerprint: string;

  private constructor(outer: IgnoreChain | undefined, rules: IgnoreRules | undefined) {
    this.#outer = outer;
    this.#rules = rules;
    this.fingerprint = rules === undefined ? '' : `${outer?.fingerprint ?? ''}\0${rules.fingerprint}`;
  }

  /** True when no rule is in force. */
  get isEmpty(): boolean {
    return this.#rules === undefined;
  }

  /** This chain with rules that go before all of its own; itself when there are none. */
  extend(rules: IgnoreRules): IgnoreChain {
    return rules.isEmpty ? this : new IgnoreChain(this, rules);
  }

  /** What the rules say of a path, given relative to the root of the side. */
  verdict(path: string, isDirectory: boolean): IgnoreVerdict {
    for (let link: IgnoreChain | undefined = this; link !== undefined; link = link.#outer) {
      const verdict = link.#rules?.verdict(path, isDirectory) ?? 'undecided';
      if (verdict !== 'undecided') return verdict;
    }
    return 'undecided';
  }
}
