import type { StorageClient } from '@syncengine/core';

/** The words of a test runner; vitest's and node:test's own fit as they are. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
  /** Tells of a test that is left out, and why. Needed only with `skip`. */
  skip?(name: string, reason: string): unknown;
}

/** A store made for one test alone. */
export interface Fixture {
  /** Its root exists and is empty, and nobody else uses it. */
  readonly client: StorageClient;
  /**
   * Another client of the same root, as another process would have it. With it the suite plays racing writers, and what a
   * killed process left behind. Default: both parts are played by `client`.
   */
  reopen?(): Promise<StorageClient>;
  /** Takes the store away. The suite has closed all clients before. */
  dispose?(): Promise<void>;
  /** What no message, id or log may tell: passwords, keys, tokens. Default: none. */
  readonly secrets?: readonly string[];
  /**
   * What failed writes left where no listing shows it (parts of an upload, a staging folder outside the root), in words.
   * Default: the client shows everything.
   */
  leftovers?(): Promise<readonly string[]>;
  /**
   * Bytes of content that the store has received so far. Needed where a resumed write reads its content from the
   * beginning and sends only a part of it.
   */
  receivedBytes?(): number | Promise<number>;
}

export interface ConformanceOptions {
  /** For example `{ describe, test }` of vitest or of node:test. */
  readonly runner: TestRunner;
  /** Begins the name of the suite. */
  readonly name: string;
  /** Makes a store and a client of it, for one test. It is called for every test anew, and may be called at once. */
  factory(): Promise<Fixture>;
  /**
   * A client to look at while the tests are defined: which of them make sense follows from its capabilities and methods.
   * No call of it is made. Default: the factory makes one, and it is disposed of right away.
   */
  readonly sample?: StorageClient | undefined;
  /**
   * Milliseconds until a listing shows a change. Listings are looked at again until then. Default: 0, at once.
   */
  readonly listingDelayMs?: number | undefined;
  /** Bytes that the client moves at once. Sizes around it are tried. At least 2. Default: 65,536. */
  readonly chunkSize?: number | undefined;
  /**
   * Bytes of one part of a large write (multipart, resumable upload, staging). Contents of several parts are tried, so up
   * to five times as much memory is used. At least `chunkSize`. Default: 1,048,576.
   */
  readonly partSize?: number | undefined;
  /** Files in the directory that is listed page by page, at least 1. Default: 2,500. */
  readonly manyEntries?: number | undefined;
  /**
   * Whether two writers that both expect `absent` surely exclude each other, where conditional writes are advisory
   * otherwise. Default: where they are enforced.
   */
  readonly absenceEnforced?: boolean | undefined;
  /**
   * Only for implied directories. `refused`: a file never takes the name of a directory, nor the other way round.
   * `possible`: the store holds both `a` and `a/b`, and looking first would cost too much. Default: `refused`.
   */
  readonly namesakes?: 'refused' | 'possible' | undefined;
  /**
   * Tests that this client cannot pass, each with its reason: from `group › test`, as the suite names it, to the reason. A
   * name that no test has is an error.
   */
  readonly skip?: Readonly<Record<string, string>> | undefined;
}

/** The options with every default filled in. */
export interface SuiteParameters {
  readonly listingDelayMs: number;
  readonly chunkSize: number;
  readonly partSize: number;
  readonly manyEntries: number;
  readonly absenceEnforced: boolean;
  readonly namesakes: 'refused' | 'possible';
}

/** @throws TypeError when a number makes no sense */
export function parametersOf(options: ConformanceOptions, sample: StorageClient): SuiteParameters {
  const chunkSize = requireAtLeast('chunkSize', options.chunkSize ?? 65_536, 2);
  return {
    listingDelayMs: requireAtLeast('listingDelayMs', options.listingDelayMs ?? 0, 0),
    chunkSize,
    partSize: requireAtLeast('partSize', options.partSize ?? Math.max(1_048_576, chunkSize), chunkSize),
    manyEntries: requireAtLeast('manyEntries', options.manyEntries ?? 2500, 1),
    absenceEnforced: options.absenceEnforced ?? sample.capabilities.conditionalWrites === 'enforced',
    namesakes: options.namesakes ?? 'refused',
  };
}

function requireAtLeast(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new TypeError(`${name} must be a whole number of at least ${least}, not ${value}.`);
}
