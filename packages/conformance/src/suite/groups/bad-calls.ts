import { collectBytes, contentOf, type ErrorCode, type StorageClient } from '@syncengine/core';
import { listed, put, textAt } from '../looking.ts';
import { chunksOf, contentThat } from '../material.ts';

/** A call that asks for something impossible, and what became of it. */
export interface BadCall {
  readonly name: string;
  /** The path that the error should be about. */
  readonly path: string;
  readonly code: ErrorCode;
  /** `undefined` when the call succeeded. */
  readonly error: unknown;
}

/** Asks a client for all kinds of things that cannot be. */
export async function makeBadCalls(client: StorageClient): Promise<readonly BadCall[]> {
  const { version: stale } = await put(client, 'file', 'text');
  await put(client, 'file', 'newer text');
  await put(client, 'dir/file', 'text');
  const outcomes: BadCall[] = [];
  const make = async (name: string, path: string, code: ErrorCode, call: () => Promise<unknown>): Promise<void> => {
    const error: unknown = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    outcomes.push({ name, path, code, error });
  };

  await make('list of a missing directory', 'missing', 'not-found', () => listed(client, 'missing'));
  await make('list of a file', 'file', 'not-a-directory', () => listed(client, 'file'));
  await make('stat of no path', '../outside', 'invalid-name', () => client.stat('../outside'));
  await make('read of a missing file', 'missing', 'not-found', () => textAt(client, 'missing'));
  await make('read of a directory', 'dir', 'is-a-directory', () => textAt(client, 'dir'));
  await make('read of an old version', 'file', 'source-changed', () =>
    collectBytes(client.read('file', { expected: stale })),
  );
  const short = contentThat(9, () => chunksOf('short'));
  await make('write of a short content', 'new', 'content-length-mismatch', () => client.write('new', short));
  const hashes = { sha256: '0'.repeat(64) };
  await make('write of a wrong hash', 'new', 'content-mismatch', () => client.write('new', contentOf('x'), { hashes }));
  await make('write where something stands', 'file', 'precondition-failed', () =>
    client.write('file', contentOf('text'), { expected: 'absent' }),
  );
  await make('write over another version', 'file', 'precondition-failed', () =>
    client.write('file', contentOf('text'), { expected: stale }),
  );
  await make('remove of what is missing', 'missing', 'not-found', () => client.remove('missing'));
  await make('remove of a full directory', 'dir', 'not-empty', () => client.remove('dir'));
  await make('remove of another version', 'file', 'precondition-failed', () =>
    client.remove('file', { expected: stale }),
  );
  const { move, copy, setMetadata } = client;
  if (move !== undefined) {
    await make('move of what is missing', 'missing', 'not-found', () => move.call(client, 'missing', 'elsewhere'));
    await make('move onto a file', 'file', 'already-exists', () => move.call(client, 'dir/file', 'file'));
  }
  if (copy !== undefined) {
    await make('copy of what is missing', 'missing', 'not-found', () => copy.call(client, 'missing', 'elsewhere'));
    await make('copy onto a file', 'file', 'already-exists', () => copy.call(client, 'dir/file', 'file'));
  }
  if (setMetadata !== undefined) {
    await make('metadata of what is missing', 'missing', 'not-found', () =>
      setMetadata.call(client, 'missing', { modifiedAt: 1_000_000_000_000, permissions: 0o600 }),
    );
  }
  return outcomes;
}
