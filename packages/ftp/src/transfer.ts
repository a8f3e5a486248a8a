import type { Socket } from 'node:net';
import { SyncEngineError } from '@syncengine/core';
import type { OnReply } from './conversation.ts';
import { ignored } from './data-connection.ts';
import { broken } from './failures.ts';
import { isDone, type Reply } from './reply.ts';

/** What a transfer needs of the connection that it is ordered on. */
export interface Line {
  readonly id: string;
  readonly passive: 'EPSV' | 'PASV';
  /** The port that the server named in advance, once. */
  takePort(): number | undefined;
  keepPort(port: number): void;
  /** From now on no port is used that was named in advance. */
  distrustPorts(): void;
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
  /**
   * Commands that the server reads when the transfer is over, in the same packet too; it is asked as well where the next
   * transfer is to connect to. All must fit into `packetSize`. Default: none.
   */
  readonly after?: readonly string[] | undefined;
}

export interface UploadOrder extends TransferOrder {
  /** When the upload is called off, the server is to keep what was sent. Default: false. */
  readonly isKept?: boolean | undefined;
}

/**
 * Bytes of commands that surely travel in one packet. What comes in a second one while a file is on its way, some servers answer
 * at once (ProFTPD), and others throw away (Pure-FTPd).
 */
export const packetSize = 1_200;

/** A file or listing that is on its way. */
export interface Transfer {
  /** The data connection once the server began; `undefined` where it refused. */
  readonly started: Promise<Socket | undefined>;
  /** Resolves when all answers are there or the connection is gone. */
  readonly settled: Promise<void>;
  /** The answers to what came before; when it is over, also the one to the command itself, and those to what comes after. */
  outcome(): readonly Reply[];
  /** The answer to the command itself. */
  last(): Promise<Reply>;
  /** No more is wanted of it. */
  callOff(): void;
  socket(): Socket | undefined;
  isSettled(): boolean;
}

/** Starts a transfer: asks where to connect to, unless that is known, and sends the command along with that. */
export function startTransfer(order: TransferOrder, line: Line): Transfer {
  const { before = [], offset = 0, command, after = [] } = order;
  const port = line.takePort();
  const passive = port === undefined ? [line.passive] : [];
  const restart = offset === 0 ? [] : [`REST ${offset}`];
  const main = before.length + passive.length + restart.length;
  const commands = [...before, ...passive, ...restart, command, ...(after.length > 0 ? [line.passive, ...after] : [])];
  let socket = port === undefined ? undefined : line.openData(port);
  let isSettled = false;
  let isCalledOff = false;
  const replies: Reply[] = [];
  const started = later<Socket | undefined>();
  const last = later<Reply>();
  const onReply = (reply: Reply, index: number): void => {
    if (reply.code >= 200) replies[index] = reply;
    if (index === before.length && passive.length > 0 && isDone(reply)) socket = line.openData(portIn(reply, line.id));
    if (index === main + 1 && reply.code < 400) {
      if (!isWhereTo(reply)) throw outOfOrder(reply, line.id);
      line.keepPort(portIn(reply, line.id));
    }
    if (index !== main) return;
    if (reply.code >= 200) {
      if (after.length > 0 && isDone(reply) && !isEndOfTransfer(reply)) throw outOfOrder(reply, line.id);
      isSettled = true;
      if (!isDone(reply)) socket?.destroy();
      // Some servers may forget the port over what is said in between.
      if (!isDone(reply) && port !== undefined) line.distrustPorts();
      started.resolve(undefined);
      last.resolve(reply);
    }
    // Pure-FTPd ends a download that was called off without a last word.
    else if (isCalledOff) line.close(broken(new Error('the transfer was called off'), line.id));
    else {
      line.onStarted();
      started.resolve(socket);
    }
  };
  const settled = line.converse(commands, onReply).then(ignored, (error: unknown) => {
    isSettled = true;
    socket?.destroy();
    started.reject(error);
    last.reject(error);
  });
  const outcome = (): readonly Reply[] => {
    const final = replies[main];
    const following = after.length > 0 ? replies.slice(main + 2) : [];
    return final === undefined
      ? replies.slice(0, before.length)
      : [...replies.slice(0, before.length), final, ...following];
  };
  const callOff = (): void => {
    isCalledOff = true;
  };
  return {
    started: started.promise,
    settled,
    outcome,
    last: () => last.promise,
    callOff,
    socket: () => socket,
    isSettled: () => isSettled,
  };
}

interface Later<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

function later<Value>(): Later<Value> {
  let resolve: (value: Value) => void = ignored;
  let reject: (reason: unknown) => void = ignored;
  const promise = new Promise<Value>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  // Whoever waits for it gets it; nobody has to.
  promise.catch(ignored);
  return { promise, resolve, reject };
}

/** What servers say at the end of a transfer. */
function isEndOfTransfer({ code }: Reply): boolean {
  return code === 226 || code === 250;
}

function isWhereTo({ code }: Reply): boolean {
  return code === 227 || code === 229;
}

function outOfOrder({ text }: Reply, id: string): SyncEngineError {
  const message = `${id} answers a command while a file is on its way, instead of after it: ${text.trim()}`;
  return new SyncEngineError('connection', message, { retry: 'yes' });
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
