import type { CallContext, DriveCaller } from './caller.ts';
import { type DriveFile, fileFields, listOf, objectOf, parseFile, textOf } from './drive-file.ts';

/** What became of a file: how it is now, or `undefined` when it is out of sight. */
export interface FileNews {
  readonly fileId: string;
  readonly file: DriveFile | undefined;
}

export interface NewsPage {
  readonly news: readonly FileNews[];
  readonly nextPageToken: string | undefined;
  /** On the last page: where to go on the next time. */
  readonly newStartPageToken: string | undefined;
}

/** The feed of changes of My Drive, or of one shared drive. */
export class ChangeCalls {
  readonly #caller: DriveCaller;

  constructor(caller: DriveCaller) {
    this.#caller = caller;
  }

  async start(driveId: string | undefined): Promise<string> {
    const parameters = { supportsAllDrives: true, ...(driveId === undefined ? {} : { driveId }) };
    const context: CallContext = { path: '' };
    const answer = await this.#caller.call(context, (drive, each) => drive.changes.getStartPageToken(parameters, each));
    return textOf(objectOf(answer.data), 'startPageToken');
  }

  async page(pageToken: string, driveId: string | undefined): Promise<NewsPage> {
    const parameters = {
      pageToken,
      pageSize: 1000,
      fields: `nextPageToken,newStartPageToken,changes(fileId,changeType,removed,file(${fileFields}))`,
      spaces: 'drive',
      includeRemoved: true,
      supportsAllDrives: true,
      ...(driveId === undefined ? {} : { driveId, includeItemsFromAllDrives: true }),
    };
    const context: CallContext = { path: '' };
    const answer = await this.#caller.call(context, (drive, each) => drive.changes.list(parameters, each));
    const page = objectOf(answer.data);
    const text = (name: string): string | undefined => (page[name] === undefined ? undefined : textOf(page, name));
    return {
      news: listOf(page['changes']).flatMap(newsIn),
      nextPageToken: text('nextPageToken'),
      newStartPageToken: text('newStartPageToken'),
    };
  }
}

function newsIn(value: unknown): FileNews[] {
  const change = objectOf(value);
  // Shared drives themselves change as well, which is no change of a file.
  if (typeof change['fileId'] !== 'string') return [];
  const isGone = change['removed'] === true || change['file'] === undefined;
  return [{ fileId: change['fileId'], file: isGone ? undefined : parseFile(change['file']) }];
}
