import type { Listed } from './listed.ts';
import { parseTime } from './reply.ts';

/** One line of `MLSD` or `MLST`: `fact=value;fact=value; name`. `undefined` where it is none. */
export function parseFacts(line: string): Listed | undefined {
  const end = line.startsWith(' ') ? 0 : line.indexOf('; ') + 1;
  if (end === 0 && !line.startsWith(' ')) return undefined;
  const facts = new Map<string, string>();
  for (const fact of line.slice(0, end).split(';')) {
    const equals = fact.indexOf('=');
    if (equals > 0) facts.set(fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1));
  }
  const type = facts.get('type');
  const name = line.slice(end + 1);
  if (type === undefined || name === '') return undefined;
  const size = facts.get('size');
  const mode = facts.get('unix.mode');
  return {
    name,
    kind: kindOf(type.toLowerCase()),
    size: size === undefined || !/^\d+$/.test(size) ? undefined : Number(size),
    modifiedAt: parseTime(facts.get('modify') ?? ''),
    identity: facts.get('unique'),
    target: targetOf(type),
    mode: mode === undefined || !/^[0-7]{1,7}$/.test(mode) ? undefined : Number.parseInt(mode, 8) & 0o777,
  };
}

/** The line of an answer to `MLST`, which stands between two others. */
export function factsIn(text: string): Listed | undefined {
  const line = text.split(/\r?\n/).find((each) => each.startsWith(' '));
  return line === undefined ? undefined : parseFacts(line.slice(1));
}

function kindOf(type: string): Listed['kind'] {
  if (type === 'file') return 'file';
  if (type === 'dir' || type === 'cdir' || type === 'pdir') return 'directory';
  return /^os\.unix=(slink|symlink)/.test(type) ? 'symlink' : 'other';
}

function targetOf(type: string): string | undefined {
  const target = /^os\.unix=slink:(.*)$/is.exec(type)?.[1];
  return target === '' ? undefined : target;
}
