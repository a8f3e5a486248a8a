import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { contentOf, type ReadOptions, type StorageClient, SyncEngineError } from '@syncengine/core';
import { listed, put, textAt } from '../looking.ts';
import { chunksOf, contentThat } from '../material.ts';
import type { Suite } from '../suite.ts';

export function secretTests({ group }: Suite): void {
  group('secrets', (test) => {
    test('are not in the id', async ({ client, fixture }) => {
      requireNoSecret('the id', client.id, fixture.secrets);
      assert.doesNotMatch(client.id, /:\/\/[^/]*:[^/]*@/, 'the id has a password in its address');
    });

    test('are not in what errors tell, nor in what is logged', async ({ client, fixture }) => {
      const logged = await loggedDuring(async () => {
        for (const [name, error] of await failuresOf(client)) {
          requireNoSecret(`the error of ${name}`, everythingIn(error), fixture.secrets);
        }
      });
      requireNoSecret('the log', logged, fixture.secrets);
    });

    test('are not in what a client shows when it is printed', async ({ client, fixture }) => {
      await put(client, 'file', 'text');
      requireNoSecret('the capabilities', inspect(client.capabilities, { depth: 10 }), fixture.secrets);
      requireNoSecret('the entry', inspect(await client.stat('file'), { depth: 10 }), fixture.secrets);
      requireNoSecret('the client as JSON', jsonOf(client), fixture.secrets);
    });

    test('failures say what they are about', async ({ client }) => {
      const failures = await failuresOf(client);
      assert.ok(failures.length > 0);
      for (const [name, error] of failures) {
        assert.ok(error instanceof SyncEngineError, `${name} threw ${String(error)}`);
        assert.equal(typeof error.path, 'string', `the error of ${name} does not tell its path`);
        assert.ok(error.message.length >= 10, `the error of ${name} says nothing: ${error.message}`);
      }
    });
  });
}

/** What goes wrong in calls that ask for something impossible. */
async function failuresOf(client: StorageClient): Promise<readonly (readonly [string, unknown])[]> {
  const stale = await put(client, 'file', 'text');
  await put(client, 'file', 'newer text');
  await put(client, 'dir/file', 'text');
  const expected: ReadOptions = { expected: stale.version };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    'list of a missing directory': () => listed(client, 'missing'),
    'list of a file': () => listed(client, 'file'),
    'read of a missing file': () => textAt(client, 'missing'),
    'read of a directory': () => textAt(client, 'dir'),
    'read of an old version': async () => {
      for await (const chunk of client.read('file', expected)) assert.ok(chunk);
    },
    'write of a short content': () =>
      client.write(
        'new',
        contentThat(9, () => chunksOf('short')),
      ),
    'write of a wrong hash': () => client.write('new', contentOf('text'), { hashes: { sha256: '0'.repeat(64) } }),
    'write where something stands': () => client.write('file', contentOf('text'), { expected: 'absent' }),
    'write over an old version': () => client.write('file', contentOf('text'), { expected: stale.version }),
    'remove of what is missing': () => client.remove('missing'),
    'remove of a full directory': () => client.remove('dir'),
    'remove of an old version': () => client.remove('file', { expected: stale.version }),
    'a path that is none': () => client.stat('../outside'),
    'a move of what is missing': async () => client.move?.('missing', 'elsewhere'),
    'a copy of what is missing': async () => client.copy?.('missing', 'elsewhere'),
    'metadata of what is missing': async () => client.setMetadata?.('missing', { modifiedAt: 0 }),
  };
  const failures: (readonly [string, unknown])[] = [];
  for (const [name, call] of Object.entries(calls)) {
    await call().catch((error: unknown) => failures.push([name, error]));
  }
  return failures;
}

/** All that can be seen of an error, however somebody prints it. */
function everythingIn(error: unknown, seen: ReadonlySet<unknown> = new Set()): string {
  if (seen.has(error)) return '';
  const parts = [String(error), inspect(error, { depth: 10, showHidden: true, getters: true }), jsonOf(error)];
  if (error instanceof Error) {
    parts.push(error.message, error.stack ?? '', everythingIn(error.cause, new Set([...seen, error])));
    parts.push(...Object.values(error).map(String));
  }
  return parts.join('\n');
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    // What refers to itself has no JSON, and so shows nothing there.
    if (error instanceof TypeError) return '';
    throw error;
  }
}

/** What is written to the console and to the standard streams meanwhile; it is written all the same. */
async function loggedDuring(work: () => Promise<void>): Promise<string> {
  const logged: string[] = [];
  const undo = [
    ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => listenTo(console, name, logged)),
    listenTo(process.stdout, 'write', logged),
    listenTo(process.stderr, 'write', logged),
  ];
  try {
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  return logged.join('\n');
}

function listenTo<Name extends string>(
  target: { [name in Name]: (...parameters: never[]) => unknown },
  name: Name,
  logged: string[],
): () => void {
  const original = target[name];
  const listener = function listener(this: unknown, ...parameters: unknown[]): unknown {
    logged.push(
      parameters.map((parameter) => (typeof parameter === 'string' ? parameter : inspect(parameter))).join(' '),
    );
    return Reflect.apply(original, target, parameters);
  };
  Reflect.set(target, name, listener);
  return () => {
    Reflect.set(target, name, original);
  };
}

function requireNoSecret(where: string, text: string, secrets: readonly string[] = []): void {
  for (const [index, secret] of secrets.entries()) {
    // The message of this very failure must not tell it either.
    const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
    assert.ok(!forms.some((form) => text.includes(form)), `${where} tells secret number ${index + 1} of the fixture`);
  }
}
