import type { DriveAnswer } from './drive-client.ts';
import { listOf, objectOf } from './drive-file.ts';

/** Where the next page of a listing begins; `undefined` behind the last. */
export function nextPageTokenOf(page: Readonly<Record<string, unknown>>): string | undefined {
  const next = page['nextPageToken'];
  return typeof next === 'string' ? next : undefined;
}

/**
 * All items of a listing that comes in pages.
 *
 * @param name of the items in an answer
 * @param ask is given what tells the page, as parameters of the call
 */
export async function allItems(
  name: string,
  ask: (paging: { readonly pageToken?: string }) => Promise<DriveAnswer>,
): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let pageToken: string | undefined;
  do {
    const page = objectOf((await ask(pageToken === undefined ? {} : { pageToken })).data);
    items.push(...listOf(page[name]));
    pageToken = nextPageTokenOf(page);
  } while (pageToken !== undefined);
  return items;
}
