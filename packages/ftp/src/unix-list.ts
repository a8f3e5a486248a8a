import type { Listed } from './listed.ts';
import { isDone, type Reply } from './reply.ts';

/** `-rw-r--r-- 1 owner group 5 Jan 01 1970 name`; between the time and the name stands exactly one space. */
const unixLine =
  /^([-bcdlps])([-rwxsStTlL]{9})\S?\s+\d+\s.*?\s?(\d+)\s+[A-Za-z]{3}\s+\d{1,2}\s+(?:\d{1,2}:\d{2}|\d{4}) (.+)$/s;

/** `11-22-26 09:15PM <DIR> name` */
const dosLine = /^\d{2}-\d{2}-\d{2,4}\s+\d{2}:\d{2}(?:[AP]M)?\s+(<DIR>|\d+) (.+)$/s;

/**
 * One line of `LIST`. Its time is left out: it is to the minute or the day, in a time zone that nobody tells; `MDTM` knows
 * better.
 *
 * @returns `undefined` for a line in a form that is not known
 */
export function parseListLine(line: string): Listed | undefined {
  const unknown = { modifiedAt: undefined, identity: undefined, target: undefined, mode: undefined };
  const dos = dosLine.exec(line);
  if (dos !== null) {
    const [, size = '', name = ''] = dos;
    if (size === '<DIR>') return { ...unknown, kind: 'directory', name: name.trimStart(), size: undefined };
    return { ...unknown, kind: 'file', name, size: Number(size) };
  }
  const [, letter, letters = '', size, rest = ''] = unixLine.exec(line) ?? [];
  if (letter === undefined) return undefined;
  const unix = { ...unknown, mode: modeIn(letters) };
  if (letter === 'd') return { ...unix, kind: 'directory', name: rest, size: undefined };
  if (letter === '-') return { ...unix, kind: 'file', name: rest, size: Number(size) };
  if (letter !== 'l') return { ...unix, kind: 'other', name: rest, size: undefined };
  const arrow = rest.indexOf(' -> ');
  if (arrow < 0) return { ...unix, kind: 'symlink', name: rest, size: undefined };
  return { ...unix, kind: 'symlink', name: rest.slice(0, arrow), size: undefined, target: rest.slice(arrow + 4) };
}

/** The nine permission bits; special ones hide behind letters of their own: small where the bit below is set too. */
function modeIn(letters: string): number {
  return [...letters].reduce((mode, letter) => mode * 2 + (/[-STL]/.test(letter) ? 0 : 1), 0);
}

/** The lines in an answer to `STAT`. */
export function linesIn(reply: Reply | undefined): readonly Listed[] {
  // Some servers refuse what is not there, others tell nothing of it.
  if (reply === undefined || !isDone(reply)) return [];
  const lines = reply.text.split(/\r?\n/).slice(1, -1);
  return lines.map((line) => parseListLine(line.trimStart())).filter((line) => line !== undefined);
}
