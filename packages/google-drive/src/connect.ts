import { drive, type drive_v3 } from '@googleapis/drive';
import type { DriveClient } from './drive-client.ts';
import { type GoogleDriveStorageOptions, invalid } from './options.ts';

/**
 * The Drive client that the application gave, or one for its credentials.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function connect({ auth, drive: given }: GoogleDriveStorageOptions): DriveClient {
  if ((auth === undefined) === (given === undefined)) throw invalid('give either auth or a Drive client');
  if (given !== undefined) return given;
  // Sound: the library takes whatever google-auth-library makes, of whichever version, and looks at it itself.
  return drive({ version: 'v3', auth: auth as NonNullable<drive_v3.Options['auth']> });
}
