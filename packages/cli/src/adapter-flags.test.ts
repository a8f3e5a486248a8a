import { expect, test } from 'vitest';
import { takeAdapterFlags } from './adapter-flags.ts';

const words = ['s3', 'sftp'];

test('flags of a kind of storage are taken out, wherever they stand and however they are written', () => {
  const argv = [
    'sync',
    '--s3-endpoint',
    'http://host:1',
    'a',
    '--s3-path-style=false',
    'b',
    '--mode=sb',
    '--sftp-x-y',
    '-1',
  ];
  expect(takeAdapterFlags(argv, words)).toEqual({
    argv: ['sync', 'a', 'b', '--mode=sb'],
    flags: { s3: { endpoint: 'http://host:1', 'path-style': 'false' }, sftp: { 'x-y': '-1' } },
  });
});

test('a value may be anything, even nothing or one with lines', () => {
  expect(takeAdapterFlags(['--s3-a=', '--s3-b=x=y\nz'], words).flags).toEqual({ s3: { a: '', b: 'x=y\nz' } });
});

test('what begins like another kind of flag, and what stands behind --, is left alone', () => {
  const argv = ['--dry-run', '--max-delete', '5', '--s3', '--', '--s3-endpoint', 'x'];
  expect(takeAdapterFlags(argv, words)).toEqual({ argv, flags: {} });
});

test('a flag without a value is refused', () => {
  expect(() => takeAdapterFlags(['sync', '--s3-endpoint'], words)).toThrow('--s3-endpoint needs a value');
});

test.each(['password', 'secret-access-key', 'session-token'])('--s3-%s is refused, and its value not shown', (name) => {
  const take = (): unknown => takeAdapterFlags([`--s3-${name}=hunter2`], words);
  expect(take).toThrow('environment');
  expect(take).not.toThrow('hunter2');
});
