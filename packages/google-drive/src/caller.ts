import type { DriveAnswer, DriveClient } from './drive-client.ts';
import { driveFailure } from './failures.ts';

/** Google's own address. */
const googleRoot = 'https://www.googleapis.com/';

export interface CallContext {
  /** What the call is about, for messages; `''` for the root. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/** Makes requests by the client that the application gave, each once: trying again is the engine's. */
export class DriveCaller {
  readonly #drive: DriveClient;
  /** Ends with a slash. */
  readonly rootUrl: string;

  constructor(drive: DriveClient, rootUrl: string = googleRoot) {
    this.#drive = drive;
    this.rootUrl = rootUrl.endsWith('/') ? rootUrl : `${rootUrl}/`;
  }

  /**
   * @param settings for this one call, as the library understands them
   * @throws SyncEngineError in our words; the signal's reason
   */
  async call(
    { path, signal }: CallContext,
    request: (drive: DriveClient, options: object) => Promise<DriveAnswer>,
    settings: object = {},
  ): Promise<DriveAnswer> {
    signal?.throwIfAborted();
    // The library does not use a client's own root for uploads, so it is said with every call.
    const options = { rootUrl: this.rootUrl, retry: false, ...(signal === undefined ? {} : { signal }), ...settings };
    try {
      return await request(this.#drive, options);
    } catch (error) {
      signal?.throwIfAborted();
      throw driveFailure(error, path);
    }
  }
}
