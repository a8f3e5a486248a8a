// A storage client for the server next door: everything that SyncEngine needs to keep it in sync with anything else.
import {
  createHasher,
  exactly,
  requireHashes,
  requireStorablePath,
  requireValidPath,
  SyncEngineError,
  storageFailure,
  unsupportedFailure,
} from '@syncengine/core';

/** What the server says, in the words of SyncEngine. */
const codes = {
  missing: 'not-found',
  exists: 'already-exists',
  changed: 'precondition-failed',
  'not-empty': 'not-empty',
  'not-a-directory': 'not-a-directory',
  'is-a-directory': 'is-a-directory',
};

/** @implements {import('@syncengine/core').StorageClient} */
export class HttpStorageClient {
  #url;
  #token;

  constructor(url, token) {
    this.#url = url;
    this.#token = token;
    // It names the side in messages and in what is remembered, so it is always the same and tells no secret.
    this.id = url;
    this.capabilities = {
      hashes: { listed: ['sha256'], onRequest: [] },
      modifiedAt: { settable: 'on-write', precision: 1 },
      permissions: false,
      symlinks: false,
      directories: 'real',
      caseSensitive: true,
      unicode: 'preserved',
      names: { maximumBytes: 255, maximumPathBytes: 4000 },
      conditionalWrites: 'enforced',
      conditionalRemoves: 'enforced',
      rangedReads: true,
      resumableWrites: false,
      exactVersions: true,
      stableIdentity: false,
      trash: 'none',
      concurrency: { transfers: 4, operations: 8 },
    };
  }

  async *list(directory, { signal } = {}) {
    requireValidPath(directory);
    for (let after = ''; after !== undefined; ) {
      const query = `?after=${encodeURIComponent(after)}`;
      const response = await this.#request('GET', `entries/${encoded(directory)}${query}`, directory, { signal });
      const { entries, next } = await this.#received(response.json(), directory, signal);
      if (entries.length > 0) yield entries.map(entryOf);
      after = next;
    }
  }

  async stat(path, { signal } = {}) {
    requireValidPath(path);
    try {
      return await this.#entry('GET', path, { signal });
    } catch (error) {
      // Only this answer says for certain that nothing is there.
      if (error.code === 'not-found') return undefined;
      throw error;
    }
  }

  async *read(path, { range, expected, signal } = {}) {
    requireValidPath(path);
    const headers = expected === undefined ? {} : { 'if-match': `"${expected}"` };
    // HTTP cannot ask for nothing, so one byte is asked for and not told.
    const isEmpty = range !== undefined && range.end <= range.start;
    if (range !== undefined) headers.range = `bytes=${range.start}-${isEmpty ? range.start : range.end - 1}`;
    try {
      const response = await this.#request('GET', `files/${encoded(path)}`, path, { headers, signal });
      const chunks = response.body[Symbol.asyncIterator]();
      try {
        for (;;) {
          const { done, value } = await this.#received(chunks.next(), path, signal);
          if (done) break;
          if (!isEmpty) yield value;
        }
      } finally {
        await chunks.return();
      }
    } catch (error) {
      if (error.code === 'precondition-failed') throw storageFailure('source-changed', path, { cause: error });
      if (error.details?.status !== 416) throw error;
    }
    if (expected === undefined) return;
    const after = await this.stat(path, { signal });
    if (after?.version !== expected) throw storageFailure('source-changed', path);
  }

  async write(path, content, { expected, hashes = {}, modifiedAt, keepReplacedAt, signal } = {}) {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    if (keepReplacedAt !== undefined) throw unsupportedFailure(path, 'cannot be kept when it is replaced here');
    const headers = matching(expected);
    if (modifiedAt !== undefined) headers['x-modified-at'] = String(modifiedAt);
    const body = new CheckedBody();
    try {
      const request = { headers, body: body.chunks(path, content, hashes, signal), duplex: 'half', signal };
      const response = await this.#request('PUT', `files/${encoded(path)}`, path, request);
      return entryOf(await this.#received(response.json(), path, signal));
    } catch (error) {
      // When the content failed, the connection was cut and nothing stored; what matters is why.
      throw body.failure ?? error;
    }
  }

  async remove(path, { expected, signal } = {}) {
    requireValidPath(path);
    if (path === '') throw unsupportedFailure(path, 'is never removed');
    await this.#request('DELETE', `entries/${encoded(path)}`, path, { headers: matching(expected), signal });
  }

  async makeDirectory(path, { signal } = {}) {
    if (path !== '') requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    return this.#entry('POST', path, { signal });
  }

  async move(from, to, { expected, signal } = {}) {
    requireValidPath(from);
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    await this.#entry('PATCH', from, { headers: matching(expected), body: JSON.stringify({ moveTo: to }), signal });
  }

  async #entry(method, path, options) {
    const response = await this.#request(method, `entries/${encoded(path)}`, path, options);
    return entryOf(await this.#received(response.json(), path, options.signal));
  }

  async #request(method, address, path, { headers, ...rest }) {
    const authorization = `Bearer ${this.#token}`;
    const options = { method, headers: { ...headers, authorization }, ...rest };
    const response = await this.#received(fetch(`${this.#url}/${address}`, options), path, rest.signal);
    if (response.ok) return response;
    const { error, path: about = path } = await this.#received(response.json(), path, rest.signal);
    if (Object.hasOwn(codes, error)) throw storageFailure(codes[error], about);
    if (error === 'into-itself') throw unsupportedFailure(about, 'cannot be moved into itself');
    const { status } = response;
    const retry = status >= 500 || status === 429 ? 'yes' : 'no';
    const message = `${this.id} answered ${status} (${error}) about ${JSON.stringify(path)}.`;
    const code = status === 401 ? 'permission-denied' : 'storage-failure';
    throw new SyncEngineError(code, message, { path, retry, details: { status } });
  }

  /** What the network gives; its failures may pass, so they may be tried again. */
  async #received(promise, path, signal) {
    return promise.catch((cause) => {
      signal?.throwIfAborted();
      const message = `The connection to ${this.id} broke.`;
      throw new SyncEngineError('connection', message, { path, retry: 'yes', cause });
    });
  }
}

/** The content on its way, which fails before its end unless it is exactly what was promised. */
class CheckedBody {
  failure;

  async *chunks(path, content, hashes, signal) {
    const hashers = Object.keys(hashes).map((algorithm) => [algorithm, createHasher(algorithm)]);
    try {
      for await (const chunk of exactly(content, path, signal)) {
        for (const [, hasher] of hashers) hasher.update(chunk);
        // To `fetch`, an empty chunk would be the end.
        if (chunk.byteLength > 0) yield chunk;
      }
      const actual = Object.fromEntries(hashers.map(([algorithm, hasher]) => [algorithm, hasher.digest()]));
      requireHashes(path, hashes, actual);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

function entryOf({ kind, path, size, etag, modifiedAt, sha256 }) {
  if (kind === 'directory') return { kind, path };
  return { kind, path, size, version: etag, modifiedAt, hashes: { sha256 } };
}

function matching(expected) {
  if (expected === undefined) return {};
  return expected === 'absent' ? { 'if-none-match': '*' } : { 'if-match': `"${expected}"` };
}

function encoded(path) {
  return path.split('/').map(encodeURIComponent).join('/');
}
