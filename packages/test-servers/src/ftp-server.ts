import { randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import process from 'node:process';
import { freePort } from './free-port.ts';
import type { RunningServer } from './running-server.ts';
import { run, ServerFolder, untilReady } from './server-folder.ts';

/** One of the three FTP servers, with one user. It takes connections with explicit TLS as well as without. */
export interface FtpServer extends RunningServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The certificate, which signed itself, in PEM form: for `127.0.0.1` and `localhost`. */
  readonly certificate: string;
  /** Its SHA-256 fingerprint, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** An empty folder that belongs to the user, for roots; on the disk. */
  readonly files: string;
  /** The same folder as the server names it. */
  readonly root: string;
  /** The owner of what the user stores; `undefined` where that is whoever runs the tests. */
  readonly ids: readonly [number, number] | undefined;
  /** A folder of this server where tests may put files of their own. */
  readonly folder: string;
}

export interface FtpServerOptions {
  /** Connections at once, of all clients together. Default: 100. */
  readonly maximumConnections?: number | undefined;
  /** TLS from the first byte, and nothing else. Not for Pure-FTPd. Default: false. */
  readonly implicitTls?: boolean | undefined;
  /** The zone that the server takes for its own, as `TZ` names it. Default: that of the tests. */
  readonly timeZone?: string | undefined;
  /** More lines of the server's configuration; for Pure-FTPd, more arguments. Default: none. */
  readonly configuration?: readonly string[] | undefined;
}

/** What the three have in common before they are started. */
export interface FtpGround extends Omit<FtpServer, 'stop'> {
  readonly server: ServerFolder;
  readonly home: string;
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** Everybody's nobody: as root, the servers work for this user. */
const nobody = 65_534;

/** Ports for data connections: enough for many at once, and different ones for servers that run side by side. */
const dataPorts = 400;

/**
 * Prepares the folder, the certificate and the port, and starts the server.
 *
 * @throws Error when it does not come up, with the end of its log
 */
export async function startFtpServer(
  name: string,
  start: (ground: FtpGround, passivePorts: readonly [number, number]) => Promise<{ readonly ended: Promise<never> }>,
  clean: () => Promise<void> = async () => undefined,
): Promise<FtpServer> {
  const server = new ServerFolder(name);
  const stop = async (): Promise<void> => {
    await server.stop();
    await clean();
  };
  try {
    const ground = await prepare(server);
    const first = 32_768 - dataPorts * (1 + Math.floor(Math.random() * 10));
    const { ended } = await start(ground, [first, first + dataPorts - 1]);
    await untilReady(name, () => accepts(ground.port), ended);
    const { host, port, user, password, certificate, fingerprint, files, root, ids, folder } = ground;
    return { host, port, user, password, certificate, fingerprint, files, root, ids, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepare(server: ServerFolder): Promise<FtpGround> {
  const isRoot = process.getuid?.() === 0;
  // The user's files lie below it.
  chmodSync(server.path, 0o755);
  const [home, keyFile, certificateFile] = [
    server.file('served'),
    server.file('key.pem'),
    server.file('certificate.pem'),
  ];
  const files = `${home}/files`;
  mkdirSync(files, { recursive: true });
  if (isRoot) chownSync(files, nobody, nobody);
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', keyFile, '-out', certificateFile],
  ]);
  const certificate = readFileSync(certificateFile, 'utf8');
  return {
    server,
    home,
    keyFile,
    certificateFile,
    host: '127.0.0.1',
    port: await freePort(),
    user: 'tester',
    password: randomBytes(12).toString('hex'),
    certificate,
    fingerprint: new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase(),
    files,
    // Who is not root cannot lock a user into a folder.
    root: isRoot ? '/files' : files,
    ids: isRoot ? [nobody, nobody] : undefined,
    folder: server.path,
  };
}

/** What a server's process is told of the world around it; `undefined` for what the tests are told. */
export function environmentOf({ timeZone }: FtpServerOptions): NodeJS.ProcessEnv | undefined {
  return timeZone === undefined ? undefined : { ...process.env, TZ: timeZone };
}

/** The password as `crypt` writes it, which all of them read. */
export async function hashedPassword(password: string): Promise<string> {
  return (await run('openssl', ['passwd', '-6', password])).trim();
}

/** Writes a file of the server's configuration and gives its path. */
export function writeConfiguration(ground: FtpGround, name: string, lines: readonly string[], mode = 0o600): string {
  const path = ground.server.file(name);
  writeFileSync(path, `${lines.join('\n')}\n`, { mode });
  return path;
}

/** What listens may still be without TLS, so only that it listens is asked. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
