import { childOf, type Entry } from '@syncengine/core';
import type { Listed } from './listed.ts';

/** A whole listing, line by line. */
export interface Listing {
  /** Without the directory itself and the one above it. */
  readonly lines: readonly Listed[];
  /** What the listing shows but nobody can ask for: names that are no UTF-8, or that broke their line. */
  readonly unreadable: readonly Entry[];
  /** The directory itself was listed too, as most servers do: then an empty answer is no empty directory. */
  readonly hasItself: boolean;
  /** It ends in the middle of a line: the end is missing. */
  readonly isTorn: boolean;
}

/** What Node puts in the place of bytes that are no UTF-8; also a character that a name may rightly have. */
const replacement = '\ufffd';

/** @param parse one line; `undefined` where it is in no form that is known */
export function readListing(directory: string, bytes: Buffer, parse: (line: string) => Listed | undefined): Listing {
  const text = bytes.toString('utf8');
  const lines: Listed[] = [];
  const unreadable: Entry[] = [];
  let hasItself = false;
  // Only bytes that are no UTF-8, or a rare honest name, show as the replacement character: look at the bytes then.
  const isDoubtful = text.includes(replacement);
  const whole = isDoubtful ? bytes.toString('latin1') : text;
  // Where lines end with both, a lone line feed is part of a name.
  const isTorn = whole !== '' && !whole.endsWith('\n');
  for (const line of whole.split(whole.includes('\r\n') ? '\r\n' : '\n')) {
    if (line === '' || /^total \d+$/.test(line)) continue;
    const raw = isDoubtful ? Buffer.from(line, 'latin1') : undefined;
    const decoded = raw === undefined ? line : raw.toString('utf8');
    const listed = parse(decoded);
    if (listed === undefined) unreadable.push(strange(directory, decoded));
    else if (listed.name === '.') hasItself = true;
    else if (listed.name === '..') continue;
    else if (raw !== undefined && !Buffer.from(decoded).equals(raw)) {
      unreadable.push(undecodable(directory, parse(line)?.name ?? line));
    } else lines.push(listed);
  }
  return { lines, unreadable, hasItself, isTorn };
}

function undecodable(directory: string, latin: string): Entry {
  const path = childOf(directory, printable(latin));
  const message = `The name ${path} is no valid UTF-8; rename it on the server, and it will be synchronised.`;
  return { kind: 'unknown', path, code: 'invalid-name', message };
}

function strange(directory: string, line: string): Entry {
  const path = childOf(directory, printable(line.replaceAll('/', '\u2215')));
  const message = `The listing of ${directory === '' ? 'the root' : directory} has a line that cannot be understood: ${path}`;
  return { kind: 'unknown', path, code: 'invalid-name', message };
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** Where a link leads, by a plain listing, which shows that behind an arrow. */
export function targetIn(lines: readonly Listed[], name: string): string | undefined {
  for (const { kind, name: shown, target } of lines) {
    if (kind !== 'symlink' || target === undefined) continue;
    const whole = `${shown} -> ${target}`;
    if (whole.startsWith(`${name} -> `)) return whole.slice(name.length + 4);
  }
  return undefined;
}
