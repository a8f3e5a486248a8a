import type { Answer } from './answer.ts';
import { badRequest, DriveError } from './drive-error.ts';
import { headOf, type Item, type Revision } from './item.ts';
import type { Call } from './method.ts';

/** "Exported content is limited to 10 MB." Bytes. */
const largestExport = 10 * 1024 * 1024;

/**
 * "Download blob file content": all of it, or the range that the request asks for.
 *
 * @throws DriveError 403 `fileNotDownloadable`, 403 `cannotDownloadAbusiveFile`, 416
 */
export function download(item: Item, call: Call): Answer {
  const head = headOf(item);
  if (head === undefined) {
    const message = 'Only files with binary content can be downloaded. Use Export with Docs Editors files.';
    throw new DriveError(403, 'fileNotDownloadable', message, { location: 'alt' });
  }
  return bytesOf(item, head.bytes, item.mimeType, call);
}

/** "alt=media" of a revision: the same, of what the file was then. */
export function downloadRevision(item: Item, revision: Revision, call: Call): Answer {
  return bytesOf(item, revision.bytes, revision.mimeType, call);
}

function bytesOf(item: Item, bytes: Buffer, mimeType: string, call: Call): Answer {
  requireHarmless(item, call);
  const header = call.headers.get('range');
  const range = header === undefined ? undefined : parseRange(header, bytes.byteLength);
  const type = { 'Content-Type': mimeType };
  if (range === undefined) return { status: 200, headers: { ...type, 'Accept-Ranges': 'bytes' }, body: bytes };
  const headers = { ...type, 'Content-Range': `bytes ${range.start}-${range.end - 1}/${bytes.byteLength}` };
  return { status: 206, headers, body: bytes.subarray(range.start, range.end) };
}

/**
 * "Export Google Workspace document content".
 *
 * @throws DriveError 403 `fileNotExportable`, 400 `badRequest`, 403 `exportSizeLimitExceeded`
 */
export function exported(item: Item, call: Call): Answer {
  const mimeType = call.parameters.required('mimeType');
  if (item.exports === undefined) {
    throw new DriveError(403, 'fileNotExportable', 'Export only supports Docs Editors files.', { location: 'fileId' });
  }
  const body = item.exports.get(mimeType);
  if (body === undefined) throw badRequest('The requested conversion is not supported.');
  if (body.byteLength > largestExport) {
    throw new DriveError(403, 'exportSizeLimitExceeded', 'This file is too large to be exported.');
  }
  return { status: 200, headers: { 'Content-Type': mimeType }, body };
}

/** "acknowledgeAbuse": only the owner may take the risk. */
function requireHarmless(item: Item, call: Call): void {
  const { parameters, state } = call;
  const acknowledged = parameters.flag('acknowledgeAbuse');
  if (!item.abusive) return;
  if (acknowledged && state.store.roleOn(item) === 'owner') return;
  const message = 'This file has been identified as malware or spam and cannot be downloaded.';
  throw new DriveError(403, 'cannotDownloadAbusiveFile', message, { location: 'alt' });
}

/** The one range that a header asks for; anything else is ignored, as HTTP has it. `end` is behind the last byte. */
function parseRange(header: string, size: number): { readonly start: number; readonly end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
  if (start < end) return { start, end };
  throw new DriveError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
    location: 'Range',
    locationType: 'header',
    headers: { 'Content-Range': `bytes */${size}` },
  });
}
