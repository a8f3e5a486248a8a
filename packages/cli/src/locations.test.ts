import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/support/folders.ts';
import type { Environment } from './environment.ts';
import { nameOfLocation, openLocation } from './locations.ts';

function environmentIn(cwd: string): Environment {
  return {
    argv: [],
    stdout: { write: () => undefined },
    stderr: { write: () => undefined },
    env: {},
    cwd,
    signals: { on: () => undefined, off: () => undefined },
    exit: () => undefined,
  };
}

async function idOf(location: string, cwd: string): Promise<string> {
  return (await openLocation(location, 'source', environmentIn(cwd))).id;
}

test('a path is a folder, whether absolute or relative to where the user stands', async () => {
  const folder = temporaryFolder();
  expect(await idOf(`${folder}/documents`, '/')).toBe(`file://${folder}/documents`);
  expect(await idOf('documents', folder)).toBe(`file://${folder}/documents`);
  expect(await idOf('./documents/', folder)).toBe(`file://${folder}/documents`);
  expect(await idOf('.', folder)).toBe(`file://${folder}`);
});

test('a file: address is a folder, with its escapes resolved', async () => {
  const folder = temporaryFolder();
  expect(await idOf(pathToFileURL(`${folder}/a b#c`).href, '/')).toBe(`file://${folder}/a b#c`);
  expect(await idOf(`FILE://${folder}`, '/')).toBe(`file://${folder}`);
});

test('names with colons and a letter for a drive are paths', async () => {
  const folder = temporaryFolder();
  expect(await idOf('C:/documents', folder)).toBe(`file://${folder}/C:/documents`);
  expect(await idOf('c://documents', folder)).toBe(`file://${folder}/c:/documents`);
  expect(await idOf('12:30.txt', folder)).toBe(`file://${folder}/12:30.txt`);
  expect(await idOf('a:/b', folder)).toBe(`file://${folder}/a:/b`);
  expect(await idOf('s3:bucket', folder)).toBe(`file://${folder}/s3:bucket`);
  expect(await idOf('./s3://bucket', folder)).toBe(`file://${folder}/s3:/bucket`);
});

test.each([
  '',
  'file://host/folder',
  'file:///a%2Fb',
  'file:///a%00b',
  'http://host/',
  's3://[',
  'dropbox:/photos',
  'gdirve:/photos',
  'S3://bucket?no-such-setting=1',
])('%j is refused as bad usage', async (location) => {
  await expect(idOf(location, '/')).rejects.toMatchObject({ code: 'invalid-options' });
});

test('addresses of Google Drive need no slashes', async () => {
  for (const location of ['gdrive:/documents', 'gdrive:1AbCdEf', 'GDRIVE:/documents', 'gdrive:///documents']) {
    await expect(idOf(`${location}?no-such-setting=1`, '/')).rejects.toMatchObject({ code: 'invalid-options' });
  }
});

test('an empty location is told by its side', async () => {
  await expect(openLocation('', 'destination', environmentIn('/'))).rejects.toThrow('destination');
});

test('passwords do not get into messages', async () => {
  expect(nameOfLocation('sftp://user:secret@host/a')).toBe('sftp://user:***@host/a');
  expect(nameOfLocation('sftp://user:se@cret@host/a@b')).toBe('sftp://user:***@host/a@b');
  expect(nameOfLocation('sftp:/user:secret@host/a')).toBe('sftp:/user:***@host/a');
  expect(nameOfLocation('sftp://user@host:22/a')).toBe('sftp://user@host:22/a');
  expect(nameOfLocation('/plain/path:with@signs')).toBe('/plain/path:with@signs');
  const refused = idOf('sftp://user:secret@[/a', '/');
  await expect(refused).rejects.not.toThrow('secret');
});
