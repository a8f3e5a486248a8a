import { auth, drive } from '@googleapis/drive';
import { google } from 'googleapis';
import type { DriveClient } from '../../src/index.ts';

/** Both libraries that a Drive client can come from, each with credentials that hold one access token. */
export const libraries: Readonly<Record<string, (token: string) => DriveClient>> = {
  '@googleapis/drive': (token) => {
    const client = new auth.OAuth2();
    client.setCredentials({ access_token: token });
    return drive({ version: 'v3', auth: client });
  },
  googleapis: (token) => {
    const client = new google.auth.OAuth2();
    client.setCredentials({ access_token: token });
    return google.drive({ version: 'v3', auth: client });
  },
};
