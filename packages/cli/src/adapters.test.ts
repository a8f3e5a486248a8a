import { MemoryStorageClient } from '@syncengine/core';
import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { createFromAdapter, type ImportModule } from './adapters.ts';
import type { Environment } from './environment.ts';

const environment: Environment = {
  argv: [],
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  env: {},
  cwd: '/',
  signals: { on: () => undefined, off: () => undefined },
  exit: () => undefined,
};

function notFound(name: string): ImportModule {
  const error = Object.assign(new Error(`Cannot find package '${name}' imported from /somewhere/adapters.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  return () => Promise.reject(error);
}

test.each([
  ['s3', '@syncengine/s3'],
  ['sftp', '@syncengine/sftp'],
  ['ftp', '@syncengine/ftp'],
  ['ftps', '@syncengine/ftp'],
  ['gdrive', '@syncengine/google-drive'],
])('%s:// is handled by %s', async (scheme, name) => {
  const client = new MemoryStorageClient();
  const url = new URL(`${scheme}://host/folder`);
  const load: ImportModule = (wanted) =>
    Promise.resolve({
      createStorageClient: (address: URL, given: Environment) => {
        expect([wanted, address, given]).toEqual([name, url, environment]);
        return client;
      },
    });
  await expect(createFromAdapter(scheme, url, environment, load)).resolves.toBe(client);
});

test('a package that is not installed is named, with the line that installs it', async () => {
  const created = createFromAdapter('s3', new URL('s3://bucket'), environment, notFound('@syncengine/s3'));
  await expect(created).rejects.toMatchObject({ code: 'invalid-options' });
  await expect(created).rejects.toThrow('npm install @syncengine/s3');
});

test('a package that lacks something of its own is not taken for missing', async () => {
  const load = notFound('@aws-sdk/client-s3');
  const created = createFromAdapter('s3', new URL('s3://bucket'), environment, load);
  await expect(created).rejects.toThrow("Cannot find package '@aws-sdk/client-s3'");
});

test('a package without the function that is called is refused in words', async () => {
  const created = createFromAdapter('s3', new URL('s3://bucket'), environment, () => Promise.resolve({}));
  await expect(created).rejects.toThrow('does not fit this version');
});

test.each(['http', 'constructor', '__proto__', 'toString'])('nobody knows %s://', async (scheme) => {
  const created = createFromAdapter(scheme, new URL('http://host'), environment, () => Promise.resolve({}));
  await expect(created).rejects.toMatchObject({ code: 'invalid-options' });
});

test('the command says so, with exit code 2', async () => {
  const { code, stdout, stderr } = await command(['sync', '.', 'gopher://somewhere']);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('gopher://');
});
