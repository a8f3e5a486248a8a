/** What a server answered to one command: its code and all that it said. */
export interface Reply {
  readonly code: number;
  /** With the code, and with all lines of an answer of several. */
  readonly text: string;
}

/** True for `2xx`: the command was carried out. */
export function isDone(reply: Reply | undefined): boolean {
  return reply !== undefined && reply.code >= 200 && reply.code < 300;
}

/** True for a server that does not know the command, or not in this form. */
export function isUnknownCommand({ code }: Reply): boolean {
  return code === 500 || code === 501 || code === 502 || code === 503 || code === 504;
}

/** The path that an answer to `PWD` names, in the two ways in which servers write a quotation mark: doubled, or as it is. */
export function directoryIn(reply: Reply): readonly string[] {
  const quoted = /^257[ -]"(.*)"/s.exec(reply.text)?.[1];
  if (quoted === undefined) return [];
  return [quoted.replaceAll('""', '"'), quoted];
}

/** The time in an answer to `MDTM`, `YYYYMMDDhhmmss` with an optional fraction, in milliseconds since the epoch. */
export function timeIn(reply: Reply): number | undefined {
  const digits = /^213[ -](\d{14}(?:\.\d+)?)/.exec(reply.text)?.[1];
  return digits === undefined ? undefined : parseTime(digits);
}

/** The number in an answer to `SIZE` or `AVBL`. */
export function numberIn(reply: Reply): number | undefined {
  const digits = /^213[ -](\d+)/.exec(reply.text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const timePattern = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.\d+)?$/;

/** A time as FTP writes it, always in UTC; fractions are cut off, because no server keeps them. */
export function parseTime(text: string): number | undefined {
  const parts = timePattern.exec(text)?.slice(1, 7).map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const time = new Date(0);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hour, minute, second);
  return time.getTime();
}

/** A time as FTP writes it, in UTC and whole seconds; `undefined` where its form has no room for it. */
export function formatTime(milliseconds: number): string | undefined {
  const time = new Date(Math.floor(milliseconds / 1_000) * 1_000);
  const year = time.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9_999) return undefined;
  return time.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
}
