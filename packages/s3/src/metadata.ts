/** The keys under which rclone keeps what the store itself cannot: both tools understand each other's objects. */
const timeKey = 'mtime';
const hashKey = 'md5chksum';

/** Modification time in seconds since the epoch, with a fraction. */
export function timeMetadata(modifiedAt: number): Record<string, string> {
  return { [timeKey]: secondsOf(modifiedAt) };
}

/** @param md5 in hexadecimal; written in base64 */
export function hashMetadata(md5: string): Record<string, string> {
  return { [hashKey]: Buffer.from(md5, 'hex').toString('base64') };
}

const headerPrefix = 'x-amz-meta-';

/** What an answer's headers tell, with names in lower case. */
export function metadataIn(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => name.startsWith(headerPrefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(headerPrefix.length), value]));
}

/** As the headers of a request. */
export function metadataHeaders(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [headerPrefix + name, value]));
}

/** Milliseconds since the epoch; `undefined` where there is no time, or none that makes sense. */
export function timeIn(metadata: Readonly<Record<string, string>> | undefined): number | undefined {
  const parts = /^(-?)(\d{1,11})(?:\.(\d{1,9}))?$/.exec(metadata?.[timeKey] ?? '');
  if (parts === null) return undefined;
  const [, sign, seconds = '', fraction = ''] = parts;
  const milliseconds = Number(seconds) * 1_000 + Number(fraction.padEnd(9, '0')) / 1_000_000;
  return asStored(sign === '-' ? -milliseconds : milliseconds);
}

/** In hexadecimal; `undefined` where there is none, or none that is one. */
export function hashIn(metadata: Readonly<Record<string, string>> | undefined): string | undefined {
  const bytes = Buffer.from(metadata?.[hashKey] ?? '', 'base64');
  return bytes.byteLength === 16 ? bytes.toString('hex') : undefined;
}

/** The time as it will be read again: to the microsecond, which is as finely as a number of milliseconds can tell today's times. */
export function asStored(modifiedAt: number): number {
  return Math.round(modifiedAt * 1_000) / 1_000;
}

function secondsOf(modifiedAt: number): string {
  const microseconds = Math.round(Math.abs(modifiedAt) * 1_000);
  const seconds = Math.floor(microseconds / 1_000_000);
  const fraction = String(microseconds % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const sign = modifiedAt < 0 && microseconds > 0 ? '-' : '';
  return `${sign}${seconds}${fraction === '' ? '' : `.${fraction}`}`;
}
