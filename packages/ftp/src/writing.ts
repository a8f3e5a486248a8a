import { type Content, type FileEntry, parentOf, SyncEngineError, type WriteOptions } from '@syncengine/core';
import type { Connection } from './connection.ts';
import { isBroken, refusal } from './failures.ts';
import { Incoming } from './incoming.ts';
import type { Parts } from './parts.ts';
import { Placing } from './placing.ts';
import { readFile } from './reading.ts';
import { isDone, numberIn } from './reply.ts';
import { type Landing, SmallWrite } from './small-write.ts';

/** Smaller content is sent again from its beginning after a cut: that is less than asking what is there. */
const resumableSize = 1024 * 1024;

/** A staged file, and how much of it the server holds already. */
interface Start {
  readonly staged: string;
  readonly offset: number;
}

/** Stores a file; `write` of the protocol. */
export async function writeFile(
  parts: Parts,
  path: string,
  content: Content,
  options: WriteOptions,
): Promise<FileEntry> {
  const { signal } = options;
  const start = await findStart(parts, content, options);
  const { staged, offset } = start;
  const received = offset === 0 ? undefined : { size: offset, open: () => receivedPart(parts, start, signal) };
  const incoming = new Incoming(path, content, options, received);
  try {
    await incoming.begin();
    const names = [path, options.keepReplacedAt ?? ''].filter((each) => !parts.proof.isClear(each));
    const landing = await parts.pool.use(signal, async (connection): Promise<Landing> => {
      for (const name of names) await parts.proof.prove(connection, name, signal);
      const { whole } = incoming;
      if (whole !== undefined && parts.pipelining) {
        return await new SmallWrite(parts, path, staged, whole, options).begin(connection);
      }
      await send(parts, connection, path, { ...start, isKept: isResumable(content, options) }, incoming, options);
      const entry = await new Placing(parts, connection, staged, path, content.size, options).place();
      return { landed: Promise.resolve(entry) };
    });
    return await landing.landed;
  } catch (error) {
    await incoming.stop();
    if (!mayGoOn(error, content, options)) await discard(parts, staged);
    throw error;
  }
}

/** What was sent before a cut or an abort may be the beginning of the next attempt; all else is thrown away. */
function mayGoOn(error: unknown, content: Content, options: WriteOptions): boolean {
  return isResumable(content, options) && (isBroken(error) || options.signal?.aborted === true);
}

function isResumable(content: Content, { resume }: WriteOptions): boolean {
  return resume !== undefined && content.size >= resumableSize;
}

async function findStart(parts: Parts, content: Content, { resume, signal }: WriteOptions): Promise<Start> {
  const { staging, territory, pool, server } = parts;
  const earlier = staging.pathOf(resume?.token);
  if (resume === undefined) return { staged: staging.newPath(), offset: 0 };
  if (content.size < resumableSize || !server.features.restart) {
    if (earlier !== undefined) await discard(parts, earlier);
    return { staged: staging.newPath(), offset: 0 };
  }
  if (earlier !== undefined) {
    const size = await pool.use(signal, async (connection) => {
      if ((await parts.looker.enter(connection, parentOf(earlier), signal)) !== undefined) return undefined;
      return numberIn(await connection.command(`SIZE ${territory.place(earlier)}`, signal));
    });
    if (size !== undefined && size > 0 && size <= content.size) return { staged: earlier, offset: size };
    if (size !== undefined) await discard(parts, earlier);
  }
  const staged = staging.newPath();
  await resume.remember(staging.tokenOf(staged));
  return { staged, offset: 0 };
}

function receivedPart(
  parts: Parts,
  { staged, offset }: Start,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  return readFile(parts, staged, { range: { start: 0, end: offset }, signal });
}

async function send(
  parts: Parts,
  connection: Connection,
  path: string,
  { staged, offset, isKept }: Start & { readonly isKept: boolean },
  incoming: Incoming,
  { signal }: WriteOptions,
): Promise<void> {
  const { staging, territory } = parts;
  const order = { offset, isKept, command: `STOR ${territory.place(staged)}` };
  await staging.prepare(connection, false, signal);
  let [reply] = await connection.upload(order, incoming.chunks(), signal);
  if (!isDone(reply) && !incoming.isBegun) {
    // Another client of this root may just have tidied up.
    await staging.prepare(connection, true, signal);
    [reply] = await connection.upload(order, incoming.chunks(), signal);
  }
  if (reply === undefined) throw new TypeError('The answer to an upload is missing.');
  if (!isDone(reply)) throw refusal(reply, path, 'written', 'permission-denied');
}

async function discard(parts: Parts, staged: string): Promise<void> {
  try {
    await parts.pool.use(undefined, (connection) => parts.staging.discard(connection, staged));
  } catch (error) {
    // The server is gone: the next run finds what is left in the staging folder.
    if (!(error instanceof SyncEngineError)) throw error;
  }
}
