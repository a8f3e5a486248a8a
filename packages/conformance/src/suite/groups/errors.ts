import assert from 'node:assert/strict';
import { SyncEngineError } from '@syncengine/core';
import type { Suite } from '../suite.ts';
import { makeBadCalls } from './bad-calls.ts';

/** Codes of what is as it is: the same call fails again, until somebody changes something. */
const lasting: ReadonlySet<string> = new Set([
  ...['not-found', 'already-exists', 'precondition-failed', 'not-empty', 'not-a-directory', 'is-a-directory'],
  'invalid-name',
]);

export function errorTests({ group }: Suite): void {
  group('errors', (test) => {
    test('tell by their code what was wrong', async ({ client }) => {
      for (const { name, code, error } of await makeBadCalls(client)) {
        assert.ok(error instanceof SyncEngineError, `${name} should fail with ${code}, not ${String(error)}`);
        assert.equal(error.code, code, `${name}: ${error.message}`);
      }
    });

    test('tell the path as it was asked for', async ({ client }) => {
      for (const { name, path, error } of await makeBadCalls(client)) {
        assert.equal(error instanceof SyncEngineError ? error.path : undefined, path, name);
      }
    });

    test('tell in words what was wrong', async ({ client }) => {
      for (const { name, error } of await makeBadCalls(client)) {
        const message = error instanceof Error ? error.message : '';
        assert.ok(message.length >= 10, `the error of ${name} says: ${message}`);
        assert.doesNotMatch(message, /\[object|undefined/, name);
      }
    });

    test('do not ask to try again what cannot succeed', async ({ client }) => {
      for (const { name, error } of await makeBadCalls(client)) {
        if (error instanceof SyncEngineError && lasting.has(error.code)) assert.equal(error.retry, 'no', name);
      }
    });
  });
}
