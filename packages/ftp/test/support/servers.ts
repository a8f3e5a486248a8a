import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync } from 'node:fs';
import process from 'node:process';
import {
  type FtpServer,
  type FtpServerName,
  missingFtpServer,
  startProFtpd,
  startPureFtpd,
  startVsftpd,
} from '@syncengine/test-servers';
import { describe } from 'vitest';
import { FtpStorageClient, type FtpStorageOptions } from '../../src/index.ts';

/** The three servers that everything is tried on. */
export const servers: readonly { readonly name: FtpServerName; start(): Promise<FtpServer> }[] = (
  [
    { name: 'proftpd', start: () => startProFtpd() },
    { name: 'vsftpd', start: () => startVsftpd() },
    { name: 'pure-ftpd', start: () => startPureFtpd() },
  ] as const
).filter(({ name }) => (process.env['FTP_SERVERS'] ?? name).split(',').includes(name));

/** An empty folder that belongs to the user; its name below the server's root. */
export function newFolder(server: FtpServer): string {
  const name = `root-${randomBytes(6).toString('hex')}`;
  mkdirSync(`${server.files}/${name}`);
  if (server.ids !== undefined) chownSync(`${server.files}/${name}`, ...server.ids);
  return name;
}

/** Options for a folder on a server. */
export function optionsFor(
  server: FtpServer,
  folder: string,
  more: Partial<FtpStorageOptions> = {},
): FtpStorageOptions {
  const { host, port, user, password, root, certificate } = server;
  return {
    host,
    port,
    user,
    password,
    path: `${root}/${folder}`,
    security: 'none',
    certificateAuthority: certificate,
    connections: 4,
    ...more,
  };
}

export function open(
  server: FtpServer,
  folder: string,
  more: Partial<FtpStorageOptions> = {},
): Promise<FtpStorageClient> {
  return FtpStorageClient.open(optionsFor(server, folder, more));
}

/** Tests on a server; where it is not installed they are skipped, and the command that brings it is told. */
export function withServer(name: FtpServerName, title: string, body: () => void): void {
  const reason = missingFtpServer(name);
  describe.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (${reason})`, body);
}

/** Gives a file or folder on the disk to the server's user. */
export function own(server: FtpServer, path: string): void {
  if (server.ids !== undefined) chownSync(path, ...server.ids);
}
