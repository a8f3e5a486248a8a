// Every file that the chaos writes says of itself how long it is and what it has to hold. So whoever reads one knows, with
// no memory of its own, whether it is whole, and which of all contents that were ever written it is.
import { createHash } from 'node:crypto';

/** Shorter ones have no room for what they say of themselves. */
export const smallestSize = 120;

/** @returns a whole file of `size` bytes, at least `smallestSize`, that is unlike that of any other id */
export function contentOf(id, size) {
  const total = Math.max(size, smallestSize);
  const head = `chaos ${id} ${total} ${'0'.repeat(16)}\n`.length;
  const body = Buffer.alloc(total - head, `${id} ${digest(id)} `);
  return Buffer.concat([Buffer.from(`chaos ${id} ${total} ${digest(body)}\n`), body]);
}

/** The id of a whole file; `undefined` for half of one, or a mixture. */
export function idOf(content) {
  const end = content.subarray(0, smallestSize).indexOf(10);
  const head = /^chaos (\S+) (\d+) ([0-9a-f]{16})$/.exec(content.subarray(0, Math.max(0, end)).toString('latin1'));
  if (head === null || Number(head[2]) !== content.length) return undefined;
  return digest(content.subarray(end + 1)) === head[3] ? head[1] : undefined;
}

function digest(content) {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** Files that are edited in place are half done for a moment by their owner's own hand; their names say so. */
export function isEditedInPlace(path) {
  return path.slice(path.lastIndexOf('/') + 1).startsWith('inplace-');
}

export function isMeantToBeEmpty(path) {
  return path.slice(path.lastIndexOf('/') + 1).startsWith('empty-');
}
