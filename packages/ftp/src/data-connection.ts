import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export interface DataConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** For TLS: what the control connection was made with, and its newest session, which servers want to see again. */
  readonly protection?: { readonly options: ConnectionOptions; readonly session: Buffer | undefined } | undefined;
  readonly onSession: (session: Buffer) => void;
  /** Called as soon as TLS is there. What it throws ends the connection. */
  readonly onSecured: (socket: Socket) => void;
}

/**
 * Opens the connection for one file or one listing. Its errors are told to whoever reads or writes at that moment; that they
 * come when nobody does must never end the process.
 */
export function openDataConnection(options: DataConnectionOptions): Socket {
  const raw = connect({ host: options.host, port: options.port, noDelay: true });
  raw.on('error', ignored);
  if (options.protection === undefined) return raw;
  const { options: protection, session } = options.protection;
  const socket = connectTls({ ...protection, socket: raw, ...(session === undefined ? {} : { session }) });
  socket.on('error', ignored);
  socket.on('session', options.onSession);
  socket.once('secureConnect', () => {
    try {
      options.onSecured(socket);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  return socket;
}

/** Keeps Node from taking an error that nobody waits for as the end of the world. */
export function ignored(): void {
  // Nothing to do: the streams and the control connection tell it to those whom it concerns.
}
