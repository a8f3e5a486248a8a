// A small file server over HTTP and JSON, to have something that an adapter can be written for. It keeps everything in
// memory, and it is strict: what it does not understand it refuses.
//
//   GET    /files/<path>            the content; Range and If-Match are kept
//   PUT    /files/<path>            stores a file, with its parents; If-Match and If-None-Match: * are kept
//   GET    /entries/<path>          what stands there, as JSON
//   GET    /entries/<path>?after=x  the children of a directory after the name x, 500 at a time
//   POST   /entries/<path>          makes a directory, with its parents
//   PATCH  /entries/<path>          { "moveTo": "…" } renames; If-Match is kept
//   DELETE /entries/<path>          removes a file or an empty directory; If-Match is kept
//
// Every request needs `Authorization: Bearer <token>`. Errors are { "error": "…", "path": "…" }.
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const pageSize = 500;
const statusOf = { 'bad-request': 400, unauthorized: 401, missing: 404, changed: 412, 'bad-range': 416 };

/** Starts a server of its own store on a free port of this machine. */
export async function startServer({ token }) {
  const store = new Store();
  const server = createServer((request, response) => {
    answer(store, token, request, response).catch((error) => {
      // The other end is gone, or never sent all of its content: there is nobody to tell, and nothing was stored.
      response.destroy(error);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

class Refusal extends Error {
  constructor(code, path, cause) {
    super(code, { cause });
    this.answer = { error: code, path };
    this.status = statusOf[code] ?? 409;
  }
}

async function answer(store, token, request, response) {
  try {
    // All of the body comes first: nothing is decided, and nothing changed, before it is complete.
    const body = await bodyOf(request);
    if (request.headers.authorization !== `Bearer ${token}`) throw new Refusal('unauthorized');
    const url = new URL(request.url, 'http://server');
    const [, kind, ...names] = url.pathname.split('/');
    const path = pathOf(names);
    const act = actions[`${request.method} ${kind}`];
    if (act === undefined) throw new Refusal('bad-request', path);
    act({ store, path, body, response, query: url.searchParams, headers: request.headers });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    json(response, error.status, error.answer);
  }
}

const actions = {
  'GET files': ({ store, path, headers, response }) => {
    const file = store.file(path);
    requireMatch(path, file, headers);
    const [start, end] = rangeOf(headers.range, file.bytes.byteLength, path);
    response.writeHead(headers.range === undefined ? 200 : 206, { etag: `"${file.etag}"` });
    response.end(file.bytes.subarray(start, end));
  },
  'PUT files': ({ store, path, body, headers, response }) => {
    const time = Number(headers['x-modified-at'] ?? Date.now());
    if (path === '' || !Number.isFinite(time)) throw new Refusal('bad-request', path);
    const before = store.find(path);
    if (before?.kind === 'directory') throw new Refusal('is-a-directory', path);
    requireMatch(path, before, headers);
    store.makeDirectory(parentOf(path));
    const sha256 = createHash('sha256').update(body).digest('hex');
    store.nodes.set(path, { kind: 'file', bytes: body, etag: randomUUID(), modifiedAt: Math.floor(time), sha256 });
    json(response, 201, store.told(path));
  },
  'GET entries': ({ store, path, query, response }) => {
    if (!query.has('after')) return json(response, 200, store.told(path));
    const children = store.childrenOf(path).filter((child) => child > query.get('after'));
    const page = children.slice(0, pageSize).map((name) => store.told(path === '' ? name : `${path}/${name}`));
    json(response, 200, { entries: page, next: children.length > pageSize ? children[pageSize - 1] : undefined });
  },
  'POST entries': ({ store, path, response }) => {
    store.makeDirectory(path);
    json(response, 201, store.told(path));
  },
  'PATCH entries': ({ store, path, body, headers, response }) => {
    const to = pathOf(JSON.parse(body.toString()).moveTo.split('/').map(encodeURIComponent));
    requireMatch(path, store.get(path), headers);
    if (path === '' || `${to}/`.startsWith(`${path}/`)) throw new Refusal('into-itself', path);
    if (store.find(to) !== undefined) throw new Refusal('exists', to);
    store.makeDirectory(parentOf(to));
    store.move(path, to);
    json(response, 200, store.told(to));
  },
  'DELETE entries': ({ store, path, headers, response }) => {
    const node = store.get(path);
    requireMatch(path, node, headers);
    if (path === '') throw new Refusal('bad-request', path);
    if (node.kind === 'directory' && store.childrenOf(path).length > 0) throw new Refusal('not-empty', path);
    store.nodes.delete(path);
    response.writeHead(204).end();
  },
};

/** Files and directories by their paths; `''` is the root. Every change is one step, done or not. */
class Store {
  nodes = new Map([['', { kind: 'directory' }]]);

  /** What stands at a path; `undefined` when nothing does. */
  find(path) {
    return this.nodes.get(path);
  }

  get(path) {
    const node = this.find(path);
    if (node === undefined) throw new Refusal('missing', path);
    return node;
  }

  file(path) {
    const node = this.get(path);
    if (node.kind !== 'file') throw new Refusal('is-a-directory', path);
    return node;
  }

  told(path) {
    const { kind, bytes, etag, modifiedAt, sha256 } = this.get(path);
    return { kind, path, size: bytes?.byteLength, etag, modifiedAt, sha256 };
  }

  childrenOf(path) {
    if (this.get(path).kind !== 'directory') throw new Refusal('not-a-directory', path);
    const above = path === '' ? '' : `${path}/`;
    const below = [...this.nodes.keys()].filter((key) => key !== '' && key.startsWith(above));
    return below
      .map((key) => key.slice(above.length))
      .filter((name) => !name.includes('/'))
      .sort((a, b) => (a < b ? -1 : 1));
  }

  makeDirectory(path) {
    const node = this.find(path);
    if (node?.kind === 'file') throw new Refusal('not-a-directory', path);
    if (node !== undefined) return;
    this.makeDirectory(parentOf(path));
    this.nodes.set(path, { kind: 'directory' });
  }

  move(from, to) {
    for (const [path, node] of [...this.nodes]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.nodes.delete(path);
      this.nodes.set(to + path.slice(from.length), node);
    }
  }
}

/** A path out of the segments of an address. The root has none. */
function pathOf(segments) {
  if (segments.length === 1 && segments[0] === '') return '';
  const names = segments.map(decoded);
  const isBad = (name) => name === '' || name === '.' || name === '..' || /[/\0]/.test(name) || !name.isWellFormed();
  if (names.some((name) => isBad(name) || Buffer.byteLength(name) > 255)) throw new Refusal('bad-request');
  return names.join('/');
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw badAddress(error);
  }
}

function badAddress(cause) {
  return new Refusal('bad-request', undefined, cause);
}

function requireMatch(path, node, headers) {
  const { 'if-match': match, 'if-none-match': none } = headers;
  if (match !== undefined && match !== `"${node?.etag}"`) throw new Refusal('changed', path);
  if (none !== undefined && (none !== '*' || node !== undefined)) throw new Refusal('changed', path);
}

function rangeOf(range, size, path) {
  if (range === undefined) return [0, size];
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  if (first === undefined || Number(first) > Number(last)) throw new Refusal('bad-request', path);
  if (Number(first) >= size) throw new Refusal('bad-range', path);
  return [Number(first), Math.min(Number(last) + 1, size)];
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function json(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function parentOf(path) {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
