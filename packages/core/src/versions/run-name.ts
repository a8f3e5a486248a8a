const shape = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-z]{4}(?:~(\d{1,3}))?$/;

/**
 * The name of a run in the trash and among the versions: its time, to the second, and a few letters that keep two runs apart.
 *
 * @param startedAt milliseconds since the epoch
 * @param random at least 0, less than 1
 */
export function runName(startedAt: number, random: number): string {
  const stamp = new Date(startedAt).toISOString().replace(/[-:]|\.\d+/g, '');
  const letters = Math.floor(random * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `${stamp}-${letters}`;
}

/** A folder of a run as its name tells it. */
export interface RunFolder {
  /** The run's name, without what keeps its folders apart. */
  readonly run: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly startedAt: number;
  /** 1 for the first folder of a run; the others hold what gave way at a path once more. */
  readonly part: number;
}

/** What a name says; `undefined` when it is not one of ours. */
export function parseRunName(name: string): RunFolder | undefined {
  const parts = shape.exec(name);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, part] = parts;
  const startedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(startedAt)) return undefined;
  return { run: name.replace(/~.*/, ''), startedAt, part: part === undefined ? 1 : Number(part) };
}

/** Another folder of the same run, for what finds its path taken in the first one. */
export function partOfRun(folder: string, part: number): string {
  return part === 1 ? folder : `${folder}~${part}`;
}
