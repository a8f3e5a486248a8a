import { type Answer, emptyAnswer } from './answer.ts';
import { badRequest, DriveError, invalidValue } from './drive-error.ts';
import { changeParents, createItem, fileFor, updateItem } from './file-access.ts';
import { createParameters, fileAnswer, updateParameters } from './file-methods.ts';
import type { Item } from './item.ts';
import { type Metadata, parseMetadata } from './metadata.ts';
import type { Call, Method } from './method.ts';
import { parseMultipart } from './multipart.ts';
import { keepReceived, parseContentRange, requireFittingChunk, type UploadSession } from './upload-sessions.ts';

/** "Use this upload type to transfer a small media file (5 MB or less)". Bytes. */
const largestSimple = 5 * 1024 * 1024;

const media = { uploadType: 'text', upload_id: 'text' } as const;

export const uploadMethods: readonly Method[] = [
  {
    name: 'upload.session',
    verb: 'PUT',
    pattern: /^\/upload\/drive\/v3\/files(?:\/([^/]+))?$/,
    parameters: { ...createParameters, ...updateParameters, ...media },
    answer: receive,
  },
  {
    name: 'upload.cancel',
    verb: 'DELETE',
    pattern: /^\/upload\/drive\/v3\/files(?:\/([^/]+))?$/,
    parameters: { ...createParameters, ...updateParameters, ...media },
    answer: cancel,
  },
  {
    name: 'upload.create',
    verb: 'POST',
    pattern: /^\/upload\/drive\/v3\/files$/,
    parameters: { ...createParameters, ...media },
    answer: (call) => upload(call, undefined),
  },
  {
    name: 'upload.update',
    verb: 'PATCH',
    pattern: /^\/upload\/drive\/v3\/files\/([^/]+)$/,
    parameters: { ...updateParameters, ...media },
    answer: (call) => upload(call, call.id),
  },
];

function upload(call: Call, fileId: string | undefined): Answer {
  const type = call.parameters.required('uploadType');
  const contentType = call.headers.get('content-type') ?? '';
  if (type === 'resumable') return start(call, fileId);
  if (call.body.byteLength > largestSimple + 64 * 1024) {
    throw new DriveError(
      413,
      'uploadTooLarge',
      'Simple and multipart uploads take up to 5 MB; use a resumable upload.',
    );
  }
  if (type === 'media') return store(call, fileId, {}, { bytes: call.body, mimeType: contentType });
  if (type !== 'multipart') throw invalidValue('uploadType');
  if (!contentType.startsWith('multipart/related'))
    throw badRequest('Invalid multipart request: no multipart/related.');
  const parts = parseMultipart(contentType, call.body);
  const [description, content] = parts;
  if (description === undefined || content === undefined || parts.length !== 2) {
    throw badRequest('A multipart upload has exactly two parts: metadata and media.');
  }
  if (!description.headers.get('content-type')?.startsWith('application/json')) {
    throw badRequest('The first part has to be the metadata, as application/json.');
  }
  const metadata = parseMetadata(description.body, fileId === undefined ? 'create' : 'update');
  return store(call, fileId, metadata, { bytes: content.body, mimeType: typeOf(content.headers.get('content-type')) });
}

/** "Send the initial request": answers where the content is to be sent. */
function start(call: Call, fileId: string | undefined): Answer {
  const { state, parameters, headers } = call;
  const metadata = parseMetadata(call.body, fileId === undefined ? 'create' : 'update');
  const length = headers.get('x-upload-content-length');
  const size = length === undefined ? undefined : Number(length);
  if (size !== undefined && !Number.isSafeInteger(size)) throw badRequest('Invalid X-Upload-Content-Length.');
  if (fileId === undefined) fileFor(state.store, metadata.parents?.[0] ?? state.store.rootId, parameters);
  else state.store.requireWritable(fileFor(state.store, fileId, parameters));
  state.store.requireSpace(size ?? 0);
  const mimeType = typeOf(headers.get('x-upload-content-type'));
  const session = state.uploads.start({ metadata, parameters, fileId, mimeType, size });
  const path = fileId === undefined ? '/upload/drive/v3/files' : `/upload/drive/v3/files/${fileId}`;
  const location = `${call.origin}${path}?uploadType=resumable&upload_id=${session.id}`;
  return emptyAnswer(200, { Location: location, 'X-GUploader-UploadID': session.id });
}

/** A chunk, the whole content, or the question how much is there. */
function receive(call: Call): Answer {
  const session = call.state.uploads.get(call.parameters.required('upload_id'));
  if (session.finished !== undefined) return finishedAnswer(session.finished);
  const header = call.headers.get('content-range');
  if (header === undefined) {
    if (session.received > 0) throw badRequest('The upload has begun: a Content-Range is needed.');
    if (!call.whole) return keepPart(session, call, false);
    return keepPart(session, call, true, call.body.byteLength);
  }
  const range = parseContentRange(header);
  if (range.kind === 'question') {
    const isAll = range.total !== undefined && range.total === session.received;
    return isAll ? finish(session, call) : incomplete(session);
  }
  requireFittingChunk(session, range);
  session.size ??= range.total;
  if (call.whole && call.body.byteLength !== range.end - range.start) {
    throw badRequest('The body has another length than the Content-Range says.');
  }
  return keepPart(session, call, call.whole, range.total);
}

function keepPart(session: UploadSession, call: Call, whole: boolean, total?: number): Answer {
  if (session.size !== undefined && session.received + call.body.byteLength > session.size) {
    throw badRequest('More bytes were sent than were announced.');
  }
  keepReceived(session, call.body, whole);
  if (!whole || total === undefined || session.received !== total) return incomplete(session);
  if (session.size !== undefined && session.size !== total)
    throw badRequest('The content is not as long as was announced.');
  return finish(session, call);
}

/** "308 Resume Incomplete": the bytes that are there, or no `Range` where none are. */
function incomplete(session: UploadSession): Answer {
  const range = session.received === 0 ? {} : { Range: `bytes=0-${session.received - 1}` };
  return emptyAnswer(308, { ...range, 'X-GUploader-UploadID': session.id });
}

function finish(session: UploadSession, call: Call): Answer {
  const bytes = Buffer.concat(session.chunks);
  const { metadata, mimeType, fileId, parameters } = session;
  const answer = store({ state: call.state, parameters }, fileId, metadata, { bytes, mimeType });
  session.chunks = [];
  session.finished = answer.body;
  return answer;
}

function finishedAnswer(body: Buffer): Answer {
  return { status: 200, headers: { 'Content-Type': 'application/json; charset=UTF-8' }, body };
}

/** A session that is given up answers with a status of its own. */
function cancel(call: Call): Answer {
  const session = call.state.uploads.get(call.parameters.required('upload_id'));
  call.state.uploads.delete(session.id);
  return emptyAnswer(499);
}

interface Media {
  readonly bytes: Buffer;
  readonly mimeType: string;
}

function store(
  call: Pick<Call, 'state' | 'parameters'>,
  fileId: string | undefined,
  metadata: Metadata,
  content: Media,
): Answer {
  return fileAnswer(storedItem(call, fileId, metadata, content), call);
}

function storedItem(
  { state, parameters }: Pick<Call, 'state' | 'parameters'>,
  fileId: string | undefined,
  metadata: Metadata,
  content: Media,
): Item {
  if (fileId === undefined) return createItem(state.store, metadata, parameters, content);
  const item = fileFor(state.store, fileId, parameters);
  state.store.requireWritable(item);
  changeParents(state.store, item, parameters);
  updateItem(state.store, item, metadata, content.bytes);
  state.store.touch(item);
  return item;
}

function typeOf(header: string | undefined): string {
  const type = header?.split(';')[0]?.trim();
  return type === undefined || type === '' ? 'application/octet-stream' : type;
}
