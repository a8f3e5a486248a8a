import { describe, expect, test } from 'vitest';
import { IgnoreChain, type IgnoreRules, parseIgnoreRules } from './index.ts';

function rules(text: string, directory = ''): IgnoreRules {
  return parseIgnoreRules(text, { origin: 'test', directory });
}

describe('IgnoreChain', () => {
  test('without rules it decides nothing', () => {
    expect(IgnoreChain.empty.isEmpty).toBe(true);
    expect(IgnoreChain.empty.fingerprint).toBe('');
    expect(IgnoreChain.empty.verdict('a', false)).toBe('undecided');
  });

  test('the innermost rules that match decide', () => {
    const outer = IgnoreChain.empty.extend(rules('*.log\n!/docs/b.log'));
    const inner = outer.extend(rules('!a.log\nb.log', 'docs'));
    expect(inner.isEmpty).toBe(false);
    expect(inner.verdict('docs/a.log', false)).toBe('included');
    expect(inner.verdict('docs/b.log', false)).toBe('ignored');
    expect(inner.verdict('docs/c.log', false)).toBe('ignored');
    expect(inner.verdict('docs/c.txt', false)).toBe('undecided');
  });

  test('extending leaves the outer chain as it was', () => {
    const outer = IgnoreChain.empty.extend(rules('a'));
    outer.extend(rules('!a'));
    expect(outer.verdict('a', false)).toBe('ignored');
  });

  test('rules without patterns add nothing, not even a link', () => {
    const outer = IgnoreChain.empty.extend(rules('a'));
    expect(outer.extend(rules('# nothing'))).toBe(outer);
  });

  test('the fingerprint tells chains apart by their rules and nothing else', () => {
    const chain = (...all: IgnoreRules[]): string =>
      all.reduce((link, each) => link.extend(each), IgnoreChain.empty).fingerprint;
    expect(chain(rules('a'), rules('b', 'd'))).toBe(chain(rules('a'), rules(''), rules('b\n', 'd')));
    const all = [chain(rules('a')), chain(rules('a'), rules('b')), chain(rules('b'), rules('a')), chain(rules('a\nb'))];
    expect(new Set([...all, chain(rules('a'), rules('b', 'd'))]).size).toBe(5);
  });
});
