import type { Listed } from './listed.ts';

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
  const [, letter, , size, rest = ''] = unixLine.exec(line) ?? [];
  if (letter === undefined) return undefined;
  if (letter === 'd') return { ...unknown, kind: 'directory', name: rest, size: undefined };
  if (letter === '-') return { ...unknown, kind: 'file', name: rest, size: Number(size) };
  if (letter !== 'l') return { ...unknown, kind: 'other', name: rest, size: undefined };
  const arrow = rest.indexOf(' -> ');
  if (arrow < 0) return { ...unknown, kind: 'symlink', name: rest, size: undefined };
  return { ...unknown, kind: 'symlink', name: rest.slice(0, arrow), size: undefined, target: rest.slice(arrow + 4) };
}
