import { expect, test } from 'vitest';
import { optionsOf } from './create-storage-client.ts';
import { settingsOf } from './options.ts';

const of = (address: string, env: Record<string, string> = {}) => optionsOf(new URL(address), { env });

test('an address says host, port, user, path and protection', () => {
  expect(of('ftp://ann@host:2121/a%20b', { SYNCENGINE_FTP_PASSWORD: 'secret' })).toMatchObject({
    host: 'host',
    port: 2121,
    user: 'ann',
    password: 'secret',
    path: '/a b',
    security: 'none',
  });
  expect(of('ftps://host/x').security).toBe('explicit');
  expect(of('ftps://host:990/x').security).toBe('implicit');
  expect(of('ftp://host/x?tls=implicit').security).toBe('implicit');
  expect(of('ftp://host/x?connections=3&timeout=5')).toMatchObject({ connections: 3, timeoutMs: 5_000 });
  expect(of('ftp://[::1]/x').host).toBe('::1');
});

test.each([
  'ftp://ann:secret@host/x',
  'ftp://host/x?unknown=1',
  'ftp://host/x?tls=maybe',
  'ftps://host/x?tls=none',
  'ftp://host/x?connections=0',
  'ftp://host/%zz',
  'ftp://host/x#y',
])('%s is refused without repeating it', (address) => {
  expect(() => of(address)).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  expect(() => of(address)).not.toThrow(/secret/);
});

test('options without meaning are refused', () => {
  expect(() => settingsOf({ host: '' })).toThrow(TypeError);
  expect(() => settingsOf({ host: 'h', connections: 0 })).toThrow(TypeError);
  expect(() => settingsOf({ host: 'h', path: 'relative' })).toThrow(TypeError);
  expect(() => settingsOf({ host: 'h', path: '/a/../b' })).toThrow(TypeError);
  expect(() => settingsOf({ host: 'h', fingerprint: 'zz' })).toThrow(TypeError);
  expect(() => settingsOf({ host: 'h', password: 'a\r\nDELE b' })).toThrow(TypeError);
  expect(settingsOf({ host: 'h', security: 'implicit' })).toMatchObject({ port: 990, path: '/~', connections: 8 });
});
