import { usageError } from './usage.ts';

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const written = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * A moment as it is typed: `2026-11-22T10:00`, with seconds and a time zone if need be, in local time otherwise;
 * `2026-11-22`, its beginning; or how long ago: `90m`, `2h`, `3d`, `1w`.
 *
 * @param now milliseconds since the epoch
 * @throws SyncEngineError `invalid-options`
 */
export function parseMoment(text: string, now: number): number {
  const [, amount, unit] = /^(\d+)\s*([mhdw])$/i.exec(text.trim()) ?? [];
  if (amount !== undefined && unit !== undefined) return now - Number(amount) * (units[unit.toLowerCase()] ?? 0);
  const parts = written.exec(text.trim());
  const moment = parts === null ? Number.NaN : momentOf(parts);
  if (!Number.isNaN(moment)) return moment;
  throw usageError(
    `--at takes a moment, such as 2026-11-22T10:00, 2026-11-22 or 2h (ago), not ${JSON.stringify(text)}.`,
  );
}

/** `2026-11-22 10:00:00`, in local time: as `--at` takes it again. */
export function formatMoment(moment: number): string {
  const date = new Date(moment);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[two(date.getHours()), two(date.getMinutes()), two(date.getSeconds())].join(':')}`;
}

function momentOf([
  ,
  year,
  month,
  day,
  hour = '00',
  minute = '00',
  second = '00',
  fraction,
  zone,
]: RegExpExecArray): number {
  const milliseconds = (fraction ?? '').padEnd(3, '0');
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}`;
  const moment = Date.parse(`${local}${zone === undefined ? '' : zone.toUpperCase()}`);
  // 2026-02-30 would quietly be a day in March.
  const isReal =
    Date.parse(`${local}Z`) ===
    Date.UTC(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
      Number(milliseconds),
    );
  return isReal && new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDate() === Number(day) ? moment : Number.NaN;
}
