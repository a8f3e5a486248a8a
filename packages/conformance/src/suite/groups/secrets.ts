import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { put } from '../looking.ts';
import type { Suite } from '../suite.ts';
import { makeBadCalls } from './bad-calls.ts';

export function secretTests({ group }: Suite): void {
  group('secrets', (test) => {
    test('are not in the id', async ({ client, fixture }) => {
      requireNoSecret('the id', client.id, fixture.secrets);
      assert.doesNotMatch(client.id, /:\/\/[^/]*:[^/]*@/, 'the id has a password in its address');
    });

    test('are not in what errors tell, nor in what is logged', async ({ client, fixture }) => {
      const logged = await loggedDuring(async () => {
        for (const { name, error } of await makeBadCalls(client)) {
          requireNoSecret(`the error of ${name}`, everythingIn(error), fixture.secrets);
        }
      });
      requireNoSecret('the log', logged, fixture.secrets);
    });

    test('are not in what a client tells of itself', async ({ client, fixture }) => {
      await put(client, 'file', 'text');
      requireNoSecret('the capabilities', inspect(client.capabilities, { depth: 10 }), fixture.secrets);
      requireNoSecret('the entry', inspect(await client.stat('file'), { depth: 10 }), fixture.secrets);
      requireNoSecret('the client as JSON', jsonOf(client), fixture.secrets);
    });
  });
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
