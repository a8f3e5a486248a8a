import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { missing, type OpenSsh } from '@syncengine/test-servers';
import { describe } from 'vitest';
import { SftpStorageClient, type SftpStorageOptions } from '../../src/index.ts';

/** Why there is no server, and what helps. */
export const withoutOpenSsh: string | undefined = missing('openssh');

/** A group of tests with OpenSSH; where it is not installed, they are skipped with a reason that says what helps. */
export function withOpenSsh(name: string, body: () => void): void {
  const isAbsent = withoutOpenSsh !== undefined;
  describe.skipIf(isAbsent)(isAbsent ? `${name} (skipped: ${withoutOpenSsh})` : name, body);
}

/** A new, empty folder of the server's user. */
export function newFolder(server: OpenSsh): string {
  const folder = join(server.files, randomUUID());
  mkdirSync(folder);
  own(server, folder);
  return folder;
}

/** Gives a file or folder to the server's user. */
export function own(server: OpenSsh, path: string): void {
  const { uid, gid } = statSync(server.files);
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}

/** Options that log in by key. */
export function optionsFor(server: OpenSsh, path: string, more: Partial<SftpStorageOptions> = {}): SftpStorageOptions {
  return {
    host: server.host,
    port: server.port,
    user: server.user,
    path,
    privateKeyFile: server.privateKeyFile,
    knownHostsFiles: [server.knownHostsFile],
    configFile: false,
    ...more,
  };
}

export function connectTo(
  server: OpenSsh,
  path: string,
  more: Partial<SftpStorageOptions> = {},
): Promise<SftpStorageClient> {
  return SftpStorageClient.connect(optionsFor(server, path, more));
}
