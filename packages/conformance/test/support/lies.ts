import {
  contentOf,
  decorate,
  type Entry,
  type FileEntry,
  isSyncEngineError,
  type MemoryStorageClient,
  type MemoryStorageOptions,
  type StorageClient,
  SyncEngineError,
} from '@syncengine/core';

/** A client that does not keep the contract in one point, and the test that must notice. */
export interface Lie {
  readonly client: (inner: MemoryStorageClient) => StorageClient;
  readonly caughtBy: string;
  readonly options?: MemoryStorageOptions;
}

export const lies: Readonly<Record<string, Lie>> = {
  'ignores what is expected by a write': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => (path, content, options) => write(path, content, { ...options, expected: undefined }),
      }),
    caughtBy: 'the precondition of a write › a version holds while it stands there',
  },
  'looks at what is expected only before the content comes': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => async (path, content, options) => {
          const standing = await inner.stat(path);
          const version = standing?.kind === 'file' ? standing.version : 'absent';
          const holds = options?.expected === undefined || options.expected === version;
          return write(path, content, holds ? { ...options, expected: undefined } : options);
        },
      }),
    caughtBy: 'the precondition of a write › is looked at when the content is complete, not only before',
  },
  'lets two writers through that both expect nothing': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => async (path, content, options) => {
          if (options?.expected === 'absent' && (await inner.stat(path)) !== undefined)
            return write(path, content, options);
          return write(path, content, options?.expected === 'absent' ? { ...options, expected: undefined } : options);
        },
      }),
    caughtBy: 'the precondition of a write › absent: of eight writers at once exactly one gets through',
  },
  'tells a time of its own along with the content': {
    client: (inner) => {
      const { modifiedAt } = inner.capabilities;
      const capabilities = { ...inner.capabilities, modifiedAt: { ...modifiedAt, listed: false } };
      const read: StorageClient['read'] = (path, options) => {
        options?.onModifiedAt?.(7);
        return inner.read(path, options);
      };
      return decorate(inner, { capabilities, read: () => read });
    },
    caughtBy: 'read › a time that comes along is the one of the file, told once and before the content',
  },
  'stores a short content': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => async (path, content, options) => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of content.open(options)) chunks.push(chunk);
          return write(path, contentOf(Buffer.concat(chunks)), options);
        },
      }),
    caughtBy: 'a failed write › leaves what stood there when the content ends early',
  },
  'shows a file before it is complete': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => async (path, content, options) => {
          if (options?.expected === undefined && (await inner.stat(path)) === undefined)
            await write(path, contentOf(''));
          return write(path, content, options);
        },
      }),
    caughtBy: 'write › until it is done, the path holds what it held',
  },
  'leaves what it staged': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => (path, content, options) =>
          write(path, content, options).catch((error: unknown) => {
            inner.put('.syncengine/staging/left', 'half');
            throw error;
          }),
      }),
    caughtBy: 'a failed write › leaves nothing when it was aborted before it began',
  },
  'makes the parents of a file that then fails': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => (path, content, options) => {
          if (path.includes('/')) inner.putDirectory(path.slice(0, path.lastIndexOf('/')));
          return write(path, content, options);
        },
      }),
    caughtBy: 'a failed write › passes on what the content of 6 bytes threw, and leaves nothing',
  },
  'lists a missing directory as an empty one': {
    client: (inner) =>
      decorate(inner, {
        list: (list) =>
          async function* lenient(directory, options) {
            try {
              yield* list(directory, options);
            } catch (error) {
              if (!isSyncEngineError(error, 'not-found')) throw error;
            }
          },
      }),
    caughtBy: 'list › a missing directory is an error, not an empty list',
  },
  'forgets the last page of a listing': {
    client: (inner) =>
      decorate(inner, {
        list: (list) =>
          async function* forgetful(directory, options) {
            let pages = 0;
            for await (const page of list(directory, options)) {
              pages += 1;
              if (pages === 1 || page.length === 7) yield page;
            }
          },
      }),
    options: { pageSize: 7 },
    caughtBy: 'list › many children come once each, or not all of them when it is aborted',
  },
  'goes on listing after an abort': {
    client: (inner) =>
      decorate(inner, {
        list: (list) => (directory, options) => list(directory, options?.signal?.aborted ? options : undefined),
      }),
    options: { pageSize: 7 },
    caughtBy: 'list › many children come once each, or not all of them when it is aborted',
  },
  'tells an entry twice': {
    client: (inner) =>
      decorate(inner, {
        list: (list) =>
          async function* repeating(directory, options) {
            let last: Entry | undefined;
            for await (const page of list(directory, options)) {
              yield last === undefined ? page : [last, ...page];
              last = page.at(-1);
            }
          },
      }),
    options: { pageSize: 7 },
    caughtBy: 'list › many children come once each, or not all of them when it is aborted',
  },
  'walks the tree in the order of names': {
    client: (inner) =>
      decorate(inner, {
        listRecursive: (walk) =>
          async function* reordered(options) {
            const entries: Entry[] = [];
            for await (const page of walk(options)) entries.push(...page);
            yield entries.sort((a, b) => (a.path < b.path ? -1 : 1));
          },
      }),
    options: { listRecursive: true },
    caughtBy: 'listRecursive › the whole tree comes in canonical order',
  },
  'loses what lies on a boundary': {
    client: (inner) =>
      decorate(inner, {
        listRecursive: (walk) =>
          async function* gaps(options) {
            for await (const page of walk(options)) {
              yield page.filter((entry) => options?.boundaries?.includes(entry.path) !== true);
            }
          },
      }),
    options: { listRecursive: true },
    caughtBy: 'listRecursive › hints about what lies between change nothing',
  },
  'ends ranges one byte late': {
    client: (inner) =>
      decorate(inner, {
        read: (read) => (path, options) =>
          read(
            path,
            options?.range && { ...options, range: { start: options.range.start, end: options.range.end + 1 } },
          ),
      }),
    caughtBy: 'read › a range: the first byte',
  },
  'ignores the expected version of a read': {
    client: (inner) =>
      decorate(inner, { read: (read) => (path, options) => read(path, { ...options, expected: undefined }) }),
    caughtBy: 'read › a file that is replaced while it is read does not end as if nothing had happened',
  },
  'uses one buffer for all chunks': {
    client: (inner) =>
      decorate(inner, {
        read: (read) =>
          async function* reusing(path, options) {
            const buffer = new Uint8Array(64);
            for await (const chunk of read(path, options)) {
              buffer.set(chunk);
              yield buffer.subarray(0, chunk.byteLength);
            }
          },
      }),
    caughtBy: 'read › chunks belong to the reader',
  },
  'swallows an abort': {
    client: (inner) =>
      decorate(inner, {
        read: (read) =>
          async function* quiet(path, options) {
            try {
              yield* read(path, options);
            } catch (error) {
              if (options?.signal?.aborted !== true) throw error;
            }
          },
      }),
    caughtBy: 'read › an abort in the middle ends it with the reason',
  },
  'wraps the reason of an abort': {
    client: (inner) =>
      decorate(inner, {
        stat: (stat) => (path, options) =>
          stat(path, options).catch((error: unknown) => {
            throw new SyncEngineError('connection', 'The request was cancelled.', { path, cause: error });
          }),
      }),
    caughtBy: 'list › an aborted call throws the reason',
  },
  'tells a wrong hash in listings': {
    client: (inner) =>
      decorate(inner, {
        list: (list) =>
          async function* wrong(directory, options) {
            for await (const page of list(directory, options)) {
              yield page.map((entry) =>
                entry.kind === 'file' ? { ...entry, hashes: { md5: '0'.repeat(32) } } : entry,
              );
            }
          },
      }),
    options: { listedHashes: ['md5'] },
    caughtBy: 'what is declared › the md5 hash is told with every file, and is that of its content',
  },
  'tells no hash after a write': {
    client: (inner) => decorate(inner, { write: written((entry) => ({ ...entry, hashes: undefined })) }),
    options: { listedHashes: ['md5'] },
    caughtBy: 'what is declared › the md5 hash is told with every file, and is that of its content',
  },
  'does not check the hash that was promised': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => (path, content, options) => write(path, content, { ...options, hashes: undefined }),
      }),
    caughtBy: 'a failed write › leaves what stood there when the sha256 hash is not the promised one',
  },
  'loses the time of modification': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => (path, content, options) => write(path, content, { ...options, modifiedAt: undefined }),
      }),
    caughtBy: 'write › the time 1234567890123.456 is set',
  },
  'declares finer times than it has': {
    client: (inner) =>
      decorate(inner, {
        capabilities: { ...inner.capabilities, modifiedAt: { settable: 'in-place', precision: 1 } },
      }),
    options: { timePrecision: 1000 },
    caughtBy: 'what is declared › times as far apart as the grain are told apart',
  },
  'declares that its versions prove the content': {
    client: (inner) => decorate(inner, { capabilities: { ...inner.capabilities, exactVersions: true } }),
    options: { versions: 'size-and-time' },
    caughtBy: 'what is declared › versions prove the content, even of files of one size and time',
  },
  'declares that it often tells a hash': {
    client: (inner) => {
      const { listed, onRequest } = inner.capabilities.hashes;
      return decorate(inner, {
        capabilities: { ...inner.capabilities, hashes: { listed, often: ['md5'], onRequest } },
      });
    },
    caughtBy: 'what is declared › the md5 hash is told with many files of a listing',
  },
  'removes a directory with all that it holds': {
    client: (inner) =>
      decorate(inner, {
        remove: (remove) => async (path, options) => {
          if (path !== '' && (await inner.stat(path))?.kind === 'directory') inner.delete(path);
          else await remove(path, options);
        },
      }),
    caughtBy: 'remove › a directory that holds something stays',
  },
  'finds nothing wrong with removing what is missing': {
    client: (inner) =>
      decorate(inner, {
        remove: (remove) => (path, options) =>
          remove(path, options).catch((error: unknown) => {
            if (!isSyncEngineError(error, 'not-found')) throw error;
          }),
      }),
    caughtBy: 'remove › what is missing is not found',
  },
  'replaces what stands where something is moved to': {
    client: (inner) =>
      decorate(inner, {
        move: (move) => async (from, to, options) => {
          const [one, other] = [await inner.stat(from), await inner.stat(to)];
          if (one?.kind === 'file' && other?.kind === 'file') inner.delete(to);
          await move(from, to, options);
        },
      }),
    caughtBy: 'move › replaces nothing',
  },
  'gives what is moved a new identity': {
    client: (inner) =>
      decorate(inner, {
        move: (move) => async (from, to, options) => {
          await move(from, to, options);
          const bytes = inner.text(to);
          if (bytes === undefined) return;
          inner.delete(to);
          inner.put(to, bytes);
        },
      }),
    caughtBy: 'what is declared › the identity stays with what is moved, and with what lies in it',
  },
  'calls names equal that differ by case': {
    client: (inner) => decorate(inner, { capabilities: { ...inner.capabilities, caseSensitive: true } }),
    options: { caseSensitive: false },
    caughtBy: 'names › differ by case alone',
  },
  'accepts names that it says it cannot hold': {
    client: (inner) => decorate(inner, { capabilities: { ...inner.capabilities, names: { forbidden: /:/ } } }),
    caughtBy: 'names › cannot be "colon:star*quote\\"less<greater>pipe|", and that is said',
  },
  'reads on where it declares no ranges': {
    client: (inner) => decorate(inner, { capabilities: { ...inner.capabilities, rangedReads: false } }),
    caughtBy: 'read › a range is refused, rather than answered with other bytes',
  },
  'keeps nothing of what it replaces': {
    client: (inner) =>
      decorate(inner, {
        write: (write) => (path, content, options) => write(path, content, { ...options, keepReplacedAt: undefined }),
      }),
    caughtBy: 'write › what is replaced is kept where the caller wants it',
  },
  'has its password in its id': {
    client: (inner) => decorate(inner, { id: `store://somebody:${password}@host` }),
    caughtBy: 'secrets › are not in the id',
  },
  'tells its password in the cause of an error': {
    client: (inner) =>
      decorate(inner, {
        read: (read) =>
          async function* telling(path, options) {
            try {
              yield* read(path, options);
            } catch (error) {
              if (!isSyncEngineError(error, 'not-found')) throw error;
              const request = { headers: { authorization: password } };
              const cause = Object.assign(new Error('404', { cause: error }), { request });
              // biome-ignore lint/style/useErrorCause: the rule does not see that the original is the cause of the cause.
              throw new SyncEngineError('not-found', error.message, { path, cause });
            }
          },
      }),
    caughtBy: 'secrets › are not in what errors tell, nor in what is logged',
  },
  'throws errors that are not ours': {
    client: (inner) =>
      decorate(inner, {
        remove: (remove) => (path, options) =>
          remove(path, options).catch((error: unknown) => {
            throw new Error('it did not work', { cause: error });
          }),
      }),
    caughtBy: 'errors › tell by their code what was wrong',
  },
  'fails when it is closed twice': {
    client: (inner) => {
      let isClosed = false;
      return {
        ...decorate(inner, {}),
        close: async () => {
          if (isClosed) throw new TypeError('The socket is closed.');
          isClosed = true;
        },
      };
    },
    caughtBy: 'household › a client can be closed before it was used, and twice',
  },
  'mixes up writes that happen at once': {
    client: (inner) => {
      let last: Uint8Array = new Uint8Array();
      return decorate(inner, {
        write: (write) => async (path, content, options) => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of content.open(options)) chunks.push(chunk);
          const bytes = Buffer.concat(chunks);
          if (bytes.byteLength !== content.size) return write(path, content, options);
          last = bytes;
          await new Promise((resolve) => setImmediate(resolve));
          return write(path, contentOf(last), options);
        },
      });
    },
    caughtBy: 'many calls at once › writes do not get into each other',
  },
};

export const password = 'correct horse battery staple';

type Write = StorageClient['write'];

/** A layer that changes what a write tells. */
function written(change: (entry: FileEntry) => FileEntry): (write: Write) => Write {
  return (write) => async (path, content, options) => change(await write(path, content, options));
}
