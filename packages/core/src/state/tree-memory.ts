import type { Side } from '../errors.ts';
import type { Entry, TreeAtCursor } from '../storage/index.ts';
import { openLine, type StoredLine, sealLine, splitLines } from './checked-lines.ts';
import { decodeEntry, encodeEntry } from './entry-codec.ts';
import type { PairFiles } from './pair-files.ts';
import { MalformedState, stateChanging } from './state-errors.ts';

/** What is remembered of a side's whole tree, as its feed of changes told it last. */
export type RememberedTree =
  | { readonly kind: 'none' }
  /** It is not to be relied on: all is to be listed anew. `damage` says what is wrong with it, where it is damaged. */
  | { readonly kind: 'in-doubt'; readonly damage?: string | undefined }
  /** The entries may be read any number of times. */
  | { readonly kind: 'known'; readonly cursor: string; readonly entries: AsyncIterable<readonly Entry[]> };

const format = 'syncengine-tree';
const formatVersion = 1;

/** Entries of a line and of a page. */
const entriesPerBlock = 1024;
/** A block of long entries is ended earlier; in characters. */
const blockLimit = 1 << 20;
/** In bytes; see `TreeAtCursor`. */
const longestCursor = 4096;

type Signal = AbortSignal | undefined;

/** What the first line says. */
interface TreeHeader {
  /** `undefined` where nothing is to be relied on. */
  readonly cursor: string | undefined;
}

/**
 * What is remembered. All of it is looked through first: whatever is wrong with it costs a full listing and nothing else, so
 * nobody may be handed a part of it.
 */
export async function readTree(files: PairFiles, side: Side, signal: Signal): Promise<RememberedTree> {
  const content = await files.store.read(files.trees[side], { signal });
  if (content === undefined) return { kind: 'none' };
  try {
    let cursor: string | undefined;
    for await (const part of partsOf(content, files, side)) if ('cursor' in part) cursor = part.cursor;
    if (cursor === undefined) return { kind: 'in-doubt' };
    return { kind: 'known', cursor, entries: entriesAt(cursor, files, side, signal) };
  } catch (error) {
    if (error instanceof MalformedState) return { kind: 'in-doubt', damage: error.message };
    throw error;
  }
}

/** Puts a tree in the place of what was remembered before; durable when it resolves. */
export async function writeTree(files: PairFiles, side: Side, tree: TreeAtCursor | 'in-doubt'): Promise<void> {
  const isTooLong = tree !== 'in-doubt' && Buffer.byteLength(tree.cursor) > longestCursor;
  if (isTooLong) throw new TypeError(`The cursor of the ${side} has more than ${longestCursor} bytes.`);
  await files.store.replace(files.trees[side], encode(files, side, tree));
}

async function* encode(
  files: PairFiles,
  side: Side,
  tree: TreeAtCursor | 'in-doubt',
): AsyncGenerator<Uint8Array, void, undefined> {
  const { source, destination } = files.pair;
  const cursor = tree === 'in-doubt' ? undefined : tree.cursor;
  yield sealLine(JSON.stringify({ format, version: formatVersion, source, destination, side, cursor }));
  let block: string[] = [];
  let blockLength = 0;
  let count = 0;
  for await (const page of tree === 'in-doubt' ? [] : tree.entries) {
    for (const entry of page) {
      const text = JSON.stringify(encodeEntry(entry));
      block.push(text);
      blockLength += text.length;
      count += 1;
      if (block.length < entriesPerBlock && blockLength < blockLimit) continue;
      yield sealLine(`[${block.join(',')}]`);
      block = [];
      blockLength = 0;
    }
  }
  if (block.length > 0) yield sealLine(`[${block.join(',')}]`);
  yield sealLine(JSON.stringify({ count }));
}

/** What goes with a cursor. A reader beside a run may find that another tree has taken its place meanwhile. */
function entriesAt(cursor: string, files: PairFiles, side: Side, signal: Signal): AsyncIterable<readonly Entry[]> {
  async function* pages(): AsyncGenerator<readonly Entry[], void, undefined> {
    const content = await files.store.read(files.trees[side], { signal });
    if (content === undefined) throw stateChanging(files);
    try {
      for await (const part of partsOf(content, files, side)) {
        if (!('cursor' in part)) yield part;
        else if (part.cursor !== cursor) throw stateChanging(files);
      }
    } catch (error) {
      if (error instanceof MalformedState) throw stateChanging(files);
      throw error;
    }
  }
  return { [Symbol.asyncIterator]: pages };
}

/**
 * The header, and then the blocks.
 *
 * @throws MalformedState
 */
async function* partsOf(
  content: AsyncIterable<Uint8Array>,
  files: PairFiles,
  side: Side,
): AsyncGenerator<TreeHeader | readonly Entry[], void, undefined> {
  let state: 'header' | 'blocks' | 'end' = 'header';
  let count = 0;
  for await (const line of splitLines(content)) {
    if (state === 'end') throw new MalformedState('something follows its end');
    if (state === 'header') {
      yield openHeader(line, files, side);
      state = 'blocks';
      continue;
    }
    const block = openLine(line);
    if (Array.isArray(block)) {
      const entries = block.map(decodeEntry);
      count += entries.length;
      yield entries;
      continue;
    }
    if (memberOf(block, 'count') !== count)
      throw new MalformedState('it does not hold as many entries as its end says');
    state = 'end';
  }
  if (state !== 'end') throw new MalformedState('its end is missing');
}

/** A format of the future is of no use here, and as good as damaged: nothing is lost with it. */
function openHeader(line: StoredLine, { pair }: PairFiles, side: Side): TreeHeader {
  const header = openLine(line);
  if (memberOf(header, 'format') !== format || memberOf(header, 'version') !== formatVersion) {
    throw new MalformedState('it is no file of this kind');
  }
  const isOfPair = memberOf(header, 'source') === pair.source && memberOf(header, 'destination') === pair.destination;
  if (!isOfPair || memberOf(header, 'side') !== side) throw new MalformedState('it belongs to something else');
  const cursor = memberOf(header, 'cursor');
  if (cursor !== undefined && typeof cursor !== 'string') throw new MalformedState('its cursor is malformed');
  return { cursor };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw new MalformedState('a line is no record');
  return Reflect.get(value, name);
}
