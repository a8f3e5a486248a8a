import type { DriveStore } from './drive-store.ts';
import type { Item, Revision } from './item.ts';
import { PageTokens } from './page-tokens.ts';
import { UploadSessions } from './upload-sessions.ts';

/** All that the server remembers from one request to the next. */
export interface DriveState {
  readonly store: DriveStore;
  readonly uploads: UploadSessions;
  readonly pages: PageTokens<Item>;
  readonly revisionPages: PageTokens<Revision>;
  /** Files on a page, where the request does not say, and at most. */
  readonly pageSize: { readonly usual: number; readonly largest: number };
}

export function driveState(store: DriveStore, pageSize: DriveState['pageSize']): DriveState {
  return {
    store,
    uploads: new UploadSessions(() => store.now()),
    pages: new PageTokens(),
    revisionPages: new PageTokens(),
    pageSize,
  };
}
