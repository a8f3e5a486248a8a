import { connect as connectSocket, type Socket } from 'node:net';
import { SyncEngineError } from '@syncengine/core';
import ssh2, { type SFTPWrapper } from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { hasten } from './hasten.ts';
import { type HostKeyAlgorithm, HostKeyCheck } from './host-keys.ts';
import { authenticationOf, isFirstWayPlain } from './login.ts';
import { Session } from './session.ts';
import type { Target } from './target.ts';

/** What is to be begun before a session is ready. */
export interface FirstSteps {
  /** The channel for files is still to be opened. */
  loggedIn(connection: ssh2.Client): void;
  /** The channel takes requests, but what the server offers is not known yet. Only OpenSSH is asked so early. */
  opened(sftp: SFTPWrapper): void;
}

/**
 * Connects and logs in.
 *
 * @throws SyncEngineError `connection` when there is no server, or it is not the right one; `permission-denied` when it does
 * not let us in; `timeout`
 */
export async function connect(target: Target, firstSteps?: FirstSteps): Promise<Session> {
  const shown = new Set<string>();
  let refusal: SyncEngineError | undefined;
  for (;;) {
    const check = new HostKeyCheck(target.hostKeys);
    const algorithms = check.algorithms(shown);
    try {
      return await attempt(target, check, algorithms, firstSteps);
    } catch (error) {
      // A server that has no other key cannot be talked to any more: what it was refused for is what counts.
      if (check.refusal === undefined) throw refusal ?? failureToConnect(error, target);
      refusal = check.refusal;
      // The right fingerprint may be that of a key of another type.
      shown.add(check.shownType);
      const canShowAnother = target.hostKeys.fingerprint !== undefined && check.algorithms(shown).length > 0;
      if (!canShowAnother || shown.size > 3) throw refusal;
    }
  }
}

async function attempt(
  target: Target,
  check: HostKeyCheck,
  serverHostKey: readonly HostKeyAlgorithm[],
  firstSteps: FirstSteps | undefined,
): Promise<Session> {
  const { host, port, login, timeoutMs, server } = target;
  const socket = await open(host, port, timeoutMs);
  let identification = '';
  socket.on('data', (chunk: Buffer) => {
    if (identification === '') identification = firstLine(chunk);
  });
  // Until ssh2 takes the bytes as well.
  socket.pause();
  const watch = new SilenceWatch(socket, timeoutMs);
  const client = new SftpClient('syncengine', { error: () => undefined, end: () => undefined, close: () => undefined });
  // The types do not tell of the connection that the client holds.
  const connection: unknown = Reflect.get(client, 'client');
  if (!(connection instanceof ssh2.Client))
    throw new TypeError('This version of ssh2-sftp-client hides its connection.');
  if (firstSteps !== undefined) connection.once('ready', () => firstSteps.loggedIn(connection));
  const kind = (): 'openssh' | 'other' => server ?? kindOf(identification);
  let isHastened = false;
  const hastenOnce = (): void => {
    if (isHastened) return;
    isHastened = true;
    const mayLogInAtOnce = isFirstWayPlain(login);
    hasten(connection, {
      isOpenSsh: kind() === 'openssh',
      mayLogInAtOnce,
      whenOpened: (sftp) => firstSteps?.opened(sftp),
    });
  };
  let sftp: SFTPWrapper;
  try {
    sftp = await client.connect({
      sock: socket,
      username: login.user,
      authHandler: authenticationOf(login),
      hostVerifier: (key: Buffer) => {
        // It is asked before anybody logs in, and again when the keys of the connection are renewed.
        hastenOnce();
        return check.accepts(key);
      },
      algorithms: { serverHostKey: [...serverHostKey] },
      readyTimeout: timeoutMs,
      // It only asks for signs of life; whether there were any is seen on the socket, where every byte is one.
      keepaliveInterval: Math.max(1_000, Math.floor(timeoutMs / 3)),
      keepaliveCountMax: Number.POSITIVE_INFINITY,
    });
  } catch (error) {
    watch.stop();
    socket.destroy();
    throw watch.silence ?? error;
  }
  const session = new Session(connection, sftp, socket, kind());
  watch.onSilence = (silence) => session.lose(silence);
  session.whenLost(() => watch.stop());
  return session;
}

function open(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, noDelay: true });
    const patience = setTimeout(() => {
      socket.destroy();
      reject(silenceOf(timeoutMs));
    }, timeoutMs);
    socket.once('error', (error) => {
      clearTimeout(patience);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(patience);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** Notices when nothing has come from the server for too long, although it is asked for signs of life. */
class SilenceWatch {
  silence: SyncEngineError | undefined;
  onSilence: ((silence: SyncEngineError) => void) | undefined;
  #lastHeard = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(socket: Socket, timeoutMs: number) {
    socket.on('data', () => {
      this.#lastHeard = performance.now();
    });
    this.#timer = setInterval(() => {
      if (performance.now() - this.#lastHeard < timeoutMs) return;
      this.stop();
      this.silence = silenceOf(timeoutMs);
      this.onSilence?.(this.silence);
      socket.destroy();
    }, timeoutMs / 4);
    this.#timer.unref();
    socket.once('close', () => this.stop());
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function silenceOf(timeoutMs: number): SyncEngineError {
  return new SyncEngineError('timeout', `The server was silent for ${timeoutMs} ms.`, { retry: 'yes' });
}

function failureToConnect(error: unknown, { host, port, login }: Target): SyncEngineError {
  if (error instanceof SyncEngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const place = `${host}:${port}`;
  if (/authentication methods failed|too many authentication failures/i.test(message)) {
    return new SyncEngineError(
      'permission-denied',
      `${place} does not let ${login.user} in: no key, password or answer was accepted.`,
      { cause: error },
    );
  }
  if (/timed out while waiting for handshake/i.test(message)) {
    return new SyncEngineError('timeout', `${place} did not finish the log in in time.`, {
      cause: error,
      retry: 'yes',
    });
  }
  return new SyncEngineError('connection', `No connection to ${place}: ${message}.`, { cause: error, retry: 'yes' });
}

function kindOf(identification: string): 'openssh' | 'other' {
  return identification.startsWith('SSH-2.0-OpenSSH') ? 'openssh' : 'other';
}

function firstLine(chunk: Buffer): string {
  return (
    chunk
      .toString('latin1')
      .split('\r\n')
      .find((line) => line.startsWith('SSH-')) ?? ''
  );
}
