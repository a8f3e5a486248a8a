import { type DriveError, invalidValue } from './drive-error.ts';
import type { Comparison, Query } from './query.ts';

type Token =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'word'; readonly value: string }
  | { readonly kind: 'sign'; readonly value: string };

const text: readonly Comparison[] = ['contains', '=', '!='];
const equality: readonly Comparison[] = ['=', '!='];
const order: readonly Comparison[] = ['<=', '<', '=', '!=', '>', '>='];

/** "Search query terms and operators": which operators a term has, and what its values are. */
const terms: Readonly<
  Record<string, { readonly operators: readonly Comparison[]; readonly type: 'text' | 'time' | 'boolean' }>
> = {
  name: { operators: text, type: 'text' },
  fullText: { operators: ['contains'], type: 'text' },
  mimeType: { operators: text, type: 'text' },
  modifiedTime: { operators: order, type: 'time' },
  createdTime: { operators: order, type: 'time' },
  viewedByMeTime: { operators: order, type: 'time' },
  trashed: { operators: equality, type: 'boolean' },
  starred: { operators: equality, type: 'boolean' },
  sharedWithMe: { operators: equality, type: 'boolean' },
  visibility: { operators: equality, type: 'text' },
  'shortcutDetails.targetId': { operators: equality, type: 'text' },
};

const collections = ['parents', 'owners', 'writers', 'readers'];
const maps = ['properties', 'appProperties'];

/**
 * Reads a `q` parameter. `and` and `or` bind alike and are taken from left to right.
 *
 * @throws DriveError 400 `invalid` for anything that is no query
 */
export function parseQuery(source: string): Query {
  const parser = new QueryParser(tokens(source));
  const query = parser.expression();
  parser.requireEnd();
  return query;
}

class QueryParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(all: readonly Token[]) {
    this.#tokens = all;
  }

  expression(): Query {
    let query = this.#operand();
    for (;;) {
      if (this.#takeWord('and')) query = { kind: 'and', left: query, right: this.#operand() };
      else if (this.#takeWord('or')) query = { kind: 'or', left: query, right: this.#operand() };
      else return query;
    }
  }

  requireEnd(): void {
    if (this.#at < this.#tokens.length) throw refusal();
  }

  #operand(): Query {
    if (this.#takeWord('not')) return { kind: 'not', operand: this.#operand() };
    if (this.#takeSign('(')) {
      const query = this.expression();
      if (!this.#takeSign(')')) throw refusal();
      return query;
    }
    const token = this.#next();
    if (token.kind === 'text') return this.#membership(token.value);
    if (token.kind === 'sign') throw refusal();
    if (maps.includes(token.value)) return this.#has(token.value);
    if (token.value === 'sharedWithMe' && !this.#atOperator()) {
      return { kind: 'compare', term: 'sharedWithMe', operator: '=', value: true };
    }
    return this.#comparison(token.value);
  }

  #membership(value: string): Query {
    if (!this.#takeWord('in')) throw refusal();
    const collection = this.#next();
    if (collection.kind !== 'word' || !collections.includes(collection.value)) throw refusal();
    return { kind: 'in', value, collection: collection.value };
  }

  #has(collection: string): Query {
    if (!this.#takeWord('has') || !this.#takeSign('{')) throw refusal();
    const pairs = new Map<string, string>();
    do {
      const name = this.#next();
      if (name.kind !== 'word' || !this.#takeSign('=')) throw refusal();
      const value = this.#next();
      if (value.kind !== 'text' || pairs.has(name.value)) throw refusal();
      pairs.set(name.value, value.value);
    } while (this.#takeWord('and'));
    const key = pairs.get('key');
    const value = pairs.get('value');
    if (!this.#takeSign('}') || key === undefined || value === undefined || pairs.size !== 2) throw refusal();
    return { kind: 'has', collection, key, value };
  }

  #comparison(term: string): Query {
    const rule = Object.hasOwn(terms, term) ? terms[term] : undefined;
    const { value: sign } = this.#next();
    const operator = rule?.operators.find((each) => each === sign);
    if (rule === undefined || operator === undefined) throw refusal();
    const token = this.#next();
    if (rule.type === 'boolean') {
      if (token.kind !== 'word' || (token.value !== 'true' && token.value !== 'false')) throw refusal();
      return { kind: 'compare', term, operator, value: token.value === 'true' };
    }
    if (token.kind !== 'text') throw refusal();
    if (rule.type === 'time' && Number.isNaN(Date.parse(token.value))) throw refusal();
    return { kind: 'compare', term, operator, value: token.value };
  }

  #atOperator(): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'sign' && (token.value === '=' || token.value === '!=');
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw refusal();
    this.#at += 1;
    return token;
  }

  #takeWord(word: string): boolean {
    return this.#takeToken('word', word);
  }

  #takeSign(sign: string): boolean {
    return this.#takeToken('sign', sign);
  }

  #takeToken(kind: Token['kind'], value: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || token.value !== value) return false;
    this.#at += 1;
    return true;
  }
}

function tokens(source: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const space = /^\s+/.exec(rest)?.[0];
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const quoted = /^'((?:[^'\\]|\\['\\])*)'/s.exec(rest);
    if (quoted?.[1] !== undefined) {
      found.push({ kind: 'text', value: quoted[1].replaceAll(/\\(['\\])/g, '$1') });
      at += quoted[0].length;
      continue;
    }
    const sign = /^(?:<=|>=|!=|[<>=(){}])/.exec(rest)?.[0];
    const word = /^[A-Za-z][A-Za-z.]*/.exec(rest)?.[0];
    const value = sign ?? word;
    if (value === undefined) throw refusal();
    found.push({ kind: sign === undefined ? 'word' : 'sign', value });
    at += value.length;
  }
  return found;
}

function refusal(): DriveError {
  return invalidValue('q');
}
