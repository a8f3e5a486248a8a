import { randomBytes } from 'node:crypto';
import { invalidValue } from './drive-error.ts';

interface Page<Item> {
  readonly query: string;
  readonly items: readonly Item[];
  readonly start: number;
}

/**
 * Tokens of the pages to come: opaque, and only good for the very query that they were handed out for. What a list holds
 * is settled when its first page is asked for.
 */
export class PageTokens<Item> {
  readonly #pages = new Map<string, Page<Item>>();

  /** One page, and the token of the next. `find` is asked only for a first page. */
  page(
    query: string,
    token: string | undefined,
    size: number,
    find: () => readonly Item[],
  ): { readonly items: readonly Item[]; readonly next: string | undefined } {
    const { items, start } = token === undefined ? { items: find(), start: 0 } : this.#known(query, token);
    const end = start + size;
    return {
      items: items.slice(start, end),
      next: end < items.length ? this.#issue({ query, items, start: end }) : undefined,
    };
  }

  /** All tokens stop being good, as they do after some hours. */
  expire(): void {
    this.#pages.clear();
  }

  #known(query: string, token: string): Page<Item> {
    const page = this.#pages.get(token);
    if (page === undefined || page.query !== query) throw invalidValue('pageToken');
    return page;
  }

  #issue(page: Page<Item>): string {
    const token = `~!!~${randomBytes(24).toString('base64url')}`;
    this.#pages.set(token, page);
    return token;
  }
}
