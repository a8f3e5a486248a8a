import { badRequest } from './drive-error.ts';

export interface Part {
  /** In lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * The parts of a `multipart/related` body.
 *
 * @throws DriveError 400 for a body that does not hold together
 */
export function parseMultipart(contentType: string, body: Buffer): Part[] {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw badRequest('Missing multipart boundary');
  const delimiter = Buffer.from(`--${mark}`);
  const parts: Part[] = [];
  let at = body.indexOf(delimiter);
  if (at === -1) throw malformed();
  for (;;) {
    at += delimiter.byteLength;
    if (body.toString('latin1', at, at + 2) === '--') return parts;
    const end = body.indexOf(Buffer.from(`\r\n--${mark}`), at);
    // A body that was cut off has no closing boundary: it must not be stored as if it were whole.
    if (end === -1 || body.toString('latin1', at, at + 2) !== '\r\n') throw malformed();
    parts.push(parsePart(body.subarray(at + 2, end)));
    at = end + 2;
  }
}

function parsePart(part: Buffer): Part {
  if (part.toString('latin1', 0, 2) === '\r\n') return { headers: new Map(), body: part.subarray(2) };
  const blank = part.indexOf('\r\n\r\n');
  if (blank === -1) throw malformed();
  const headers = new Map<string, string>();
  for (const line of part.toString('latin1', 0, blank).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon === -1) throw malformed();
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers, body: part.subarray(blank + 4) };
}

function malformed(): Error {
  return badRequest('Malformed multipart body.');
}
