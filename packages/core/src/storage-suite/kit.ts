import assert from 'node:assert/strict';
import { type ErrorCode, SyncEngineError } from '../errors.ts';
import { isReserved, reservedName } from '../paths/index.ts';
import {
  type Content,
  collectBytes,
  contentOf,
  type Entry,
  type FileEntry,
  type StorageClient,
} from '../storage/index.ts';

/** The two words that every test runner has. */
export interface TestRunner {
  describe(name: string, body: () => void): void;
  test(name: string, body: () => Promise<void>): void;
}

/** A client with an empty root that exists, made for one test alone. */
interface Fixture {
  readonly client: StorageClient;
  dispose?(): Promise<void>;
}

export interface SuiteSubject {
  readonly name: string;
  /** Only looked at: which tests make sense follows from its capabilities and its optional methods. */
  readonly sample: StorageClient;
  create(): Promise<Fixture>;
  /** Two writers who both expect `absent` cannot both succeed. Default: when conditional writes are enforced. */
  readonly enforcesAbsence?: boolean;
}

type SuiteTest = (name: string, body: (client: StorageClient) => Promise<void>) => void;

export interface Suite extends Pick<TestRunner, 'describe'> {
  readonly sample: StorageClient;
  readonly enforcesAbsence: boolean;
  /** A test with a client of its own. */
  readonly test: SuiteTest;
}

export function suiteFor(runner: TestRunner, subject: SuiteSubject): Suite {
  const { sample } = subject;
  return {
    describe: (name, body) => runner.describe(name, body),
    sample,
    enforcesAbsence: subject.enforcesAbsence ?? sample.capabilities.conditionalWrites === 'enforced',
    test: (name, body) =>
      runner.test(name, async () => {
        const fixture = await subject.create();
        try {
          await body(fixture.client);
        } finally {
          await fixture.dispose?.();
        }
      }),
  };
}

export async function rejectsWith(code: ErrorCode, work: Promise<unknown>): Promise<SyncEngineError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SyncEngineError, `expected a SyncEngineError ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}

export async function textAt(client: StorageClient, path: string): Promise<string> {
  return Buffer.from(await collectBytes(client.read(path))).toString('utf8');
}

export async function put(client: StorageClient, path: string, text: string): Promise<FileEntry> {
  return client.write(path, contentOf(text));
}

export async function listed(client: StorageClient, directory: string, followSymlinks = false): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of client.list(directory, { followSymlinks })) entries.push(...page);
  return entries;
}

export async function pathsIn(client: StorageClient, directory: string): Promise<string[]> {
  const entries = await listed(client, directory);
  return entries
    .map((entry) => entry.path)
    .filter((path) => !isReserved(path))
    .sort();
}

/** Every path with its kind, with what is staged but without empty folders of ours. */
export async function everything(client: StorageClient, directory = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await listed(client, directory)) {
    const below = entry.kind === 'directory' ? await everything(client, entry.path) : [];
    if (!isReserved(entry.path) || entry.kind !== 'directory') paths.push(`${entry.kind} ${entry.path}`);
    paths.push(...below);
  }
  return paths.sort();
}

export async function fileAt(client: StorageClient, path: string): Promise<FileEntry> {
  const entry = await client.stat(path);
  assert.ok(entry?.kind === 'file', `${path} should be a file`);
  return entry;
}

/** Bytes that differ at every offset that matters, the same for the same size. */
export function patterned(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = size + 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Content whose stream does what `open` says, whatever size it claims. */
export function contentThat(size: number, open: () => AsyncIterable<Uint8Array>): Content {
  return { size, open };
}

export async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

/** An optional method that the sample showed to be there. */
export function present<Method>(method: Method | undefined, name: string): Method {
  assert.ok(method !== undefined, `${name} should be there`);
  return method;
}

/** Names that have broken some tool once. */
export const oddNames: readonly string[] = [
  ' leading and trailing ',
  'percent %20 %2F %',
  'hash#question?ampersand&plus+',
  'back\\slash',
  'colon:star*quote"less<greater>pipe|',
  "apostrophe'backtick`dollar$brace{}bracket[]",
  'line\nbreak\r\ttab',
  'control\u0001\u001b\u007f',
  '-dash',
  '~tilde',
  '.hidden',
  '...',
  'trailing dot.',
  'CON',
  'nul.txt',
  'ü-composed'.normalize('NFC'),
  'emoji 👩‍👩‍👧 😀',
  'العربية שלום',
  'mixed \u202eright-to-left',
  'zero\u200bwidth',
  '\uffff beyond 😀',
  'replacement \ufffd',
  'x'.repeat(255),
  'é'.repeat(127),
  `${reservedName}x`,
];
