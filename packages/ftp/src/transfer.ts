import type { Socket } from 'node:net';
import { SyncEngineError } from '@syncengine/core';
import { ignored } from './data-connection.ts';
import { broken } from './failures.ts';
import { isDone, type Reply } from './reply.ts';

export type OnReply = (reply: Reply, index: number) => void;

/** What a transfer needs of the connection that it is ordered on. */
export interface Line {
  readonly id: string;
  converse(commands: readonly string[], onReply: OnReply): Promise<readonly Reply[]>;
  openData(port: number): Socket;
  /** From here on the data connection tells whether the server is alive. */
  onStarted(): void;
  close(reason: Error): void;
}

/** A file or a listing to be transferred. */
export interface TransferOrder {
  /** Commands that are sent first, in the same packet. Default: none. */
  readonly before?: readonly string[] | undefined;
  /** The byte to begin with. Default: 0. */
  readonly offset?: number | undefined;
  readonly command: string;
}

export interface UploadOrder extends TransferOrder {
  /** When the upload is called off, the server is to keep what was sent. Default: false. */
  readonly isKept?: boolean | undefined;
}

/** A file or listing that is on its way. */
export interface Transfer {
  /** The data connection once the server began; `undefined` where it refused. */
  readonly started: Promise<Socket | undefined>;
  /** Resolves when all answers are there or the connection is gone. */
  readonly settled: Promise<void>;
  /** The answers to what came before, and to the command itself when it is over. */
  outcome(): readonly Reply[];
  last(): Promise<Reply>;
  /** No more is wanted of it. */
  callOff(): void;
  socket(): Socket | undefined;
  isSettled(): boolean;
}

/** Starts a transfer: asks where to connect to, and sends the command along with that. */
export function startTransfer(
  { before = [], offset = 0, command }: TransferOrder,
  passive: 'EPSV' | 'PASV',
  line: Line,
): Transfer {
  const restart = offset === 0 ? [] : [`REST ${offset}`];
  const commands = [...before, passive, ...restart, command];
  const place = before.length;
  let socket: Socket | undefined;
  let isSettled = false;
  let isCalledOff = false;
  const replies: Reply[] = [];
  let start: (socket: Socket | undefined) => void = ignored;
  let fail: (error: unknown) => void = ignored;
  const started = new Promise<Socket | undefined>((resolve, reject) => {
    start = resolve;
    fail = reject;
  });
  const onReply = (reply: Reply, index: number): void => {
    if (reply.code >= 200) replies[index] = reply;
    if (index === place && isDone(reply)) socket = line.openData(portIn(reply, line.id));
    if (index !== commands.length - 1 || reply.code >= 200) return;
    // Pure-FTPd ends a download that was called off without a last word.
    if (isCalledOff) line.close(broken(new Error('the transfer was called off'), line.id));
    else {
      // From here on the data connection tells whether the server is alive.
      line.onStarted();
      start(socket);
    }
  };
  const finished = line.converse(commands, onReply);
  const settled = finished.then(
    () => {
      isSettled = true;
      if (!isDone(replies.at(-1))) socket?.destroy();
      start(undefined);
    },
    (error: unknown) => {
      isSettled = true;
      socket?.destroy();
      fail(error);
    },
  );
  // Whoever waits for it gets it; nobody has to.
  started.catch(ignored);
  const last = async (): Promise<Reply> => {
    const all = await finished;
    const reply = all.at(-1);
    if (reply === undefined) throw new TypeError('A transfer ended without an answer.');
    return reply;
  };
  const outcome = (): readonly Reply[] => {
    const final = replies[commands.length - 1];
    return final === undefined ? replies.slice(0, place) : [...replies.slice(0, place), final];
  };
  const callOff = (): void => {
    isCalledOff = true;
  };
  return { started, settled, outcome, last, callOff, socket: () => socket, isSettled: () => isSettled };
}

function portIn({ text }: Reply, id: string): number {
  const extended = /\((.)\1\1(\d{1,5})\1\)/.exec(text)?.[2];
  const classic = /\d+,\d+,\d+,\d+,(\d{1,3}),(\d{1,3})/.exec(text);
  const port = extended === undefined ? Number(classic?.[1]) * 256 + Number(classic?.[2]) : Number(extended);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new SyncEngineError('connection', `${id} does not say where data connections go: ${text.trim()}`, {
    retry: 'no',
  });
}
