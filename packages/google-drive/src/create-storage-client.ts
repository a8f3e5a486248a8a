import { auth } from '@googleapis/drive';
import { GoogleDriveStorageClient } from './google-drive-storage-client.ts';
import { type GoogleDriveStorageOptions, invalid } from './options.ts';

/** What is read of the world around the command. */
export interface GoogleDriveEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
}

const scope = 'https://www.googleapis.com/auth/drive';

/**
 * The client for an address: `gdrive:/path` in My Drive, `gdrive:<folder id>` for a folder wherever it lies, also the id of
 * a shared drive, and `gdrive:<folder id>/path` for one below it. After a question mark there may be `documents=export`.
 *
 * Credentials come from the environment: `SYNCENGINE_GDRIVE_CLIENT_ID`, `SYNCENGINE_GDRIVE_CLIENT_SECRET` and
 * `SYNCENGINE_GDRIVE_REFRESH_TOKEN` of an OAuth client, or `SYNCENGINE_GDRIVE_ACCESS_TOKEN` alone for an hour; else Google's
 * application default credentials are taken, for which `GOOGLE_APPLICATION_CREDENTIALS` may name a file.
 * `SYNCENGINE_GDRIVE_ROOT_URL` says where the API is, if not at Google's.
 *
 * @throws SyncEngineError `invalid-options`; whatever keeps Drive from answering
 */
export async function createStorageClient(
  url: URL,
  { env }: GoogleDriveEnvironment,
): Promise<GoogleDriveStorageClient> {
  return GoogleDriveStorageClient.open({
    ...rootOf(url),
    auth: authOf(env),
    documents: documentsOf(url),
    rootUrl: env['SYNCENGINE_GDRIVE_ROOT_URL'],
  });
}

/** The folder that an address names. */
function rootOf(url: URL): Pick<GoogleDriveStorageOptions, 'folderId' | 'path'> {
  if (url.username !== '' || url.password !== '') throw invalid('credentials do not belong into an address');
  if (url.hash !== '') throw invalid('write # in a path as %23');
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'documents');
  if (unknown !== undefined) throw invalid(`${unknown} is no setting; there is documents`);
  const path = decoded(url.pathname);
  if (url.host !== '') return { folderId: url.host, path };
  if (path === '' || path.startsWith('/')) return { path };
  const slash = path.indexOf('/');
  return slash === -1 ? { folderId: path } : { folderId: path.slice(0, slash), path: path.slice(slash) };
}

function documentsOf(url: URL): 'skip' | 'export' {
  const value = url.searchParams.get('documents') ?? 'skip';
  if (value === 'skip' || value === 'export') return value;
  throw invalid('documents is skip or export');
}

function authOf(env: GoogleDriveEnvironment['env']): object {
  const accessToken = env['SYNCENGINE_GDRIVE_ACCESS_TOKEN'];
  const refreshToken = env['SYNCENGINE_GDRIVE_REFRESH_TOKEN'];
  if (accessToken === undefined && refreshToken === undefined) {
    const keyFilename = env['GOOGLE_APPLICATION_CREDENTIALS'];
    return new auth.GoogleAuth({ scopes: [scope], ...(keyFilename === undefined ? {} : { keyFilename }) });
  }
  const clientId = env['SYNCENGINE_GDRIVE_CLIENT_ID'];
  const clientSecret = env['SYNCENGINE_GDRIVE_CLIENT_SECRET'];
  if (refreshToken !== undefined && (clientId === undefined || clientSecret === undefined)) {
    throw invalid('a refresh token needs SYNCENGINE_GDRIVE_CLIENT_ID and SYNCENGINE_GDRIVE_CLIENT_SECRET');
  }
  const client = new auth.OAuth2({ ...(clientId === undefined ? {} : { clientId, clientSecret: clientSecret ?? '' }) });
  client.setCredentials({
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(accessToken === undefined ? {} : { access_token: accessToken }),
  });
  return client;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) throw invalid('its path has a % that begins no escape; write %25', error);
    throw error;
  }
}
