import { describe, expect, test } from 'vitest';
import { optionsOf } from './address.ts';
import { settingsOf } from './settings.ts';

const options = (address: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof optionsOf> =>
  optionsOf(new URL(address), { env });

describe('an sftp:// address', () => {
  test('names user, host, port and an absolute folder', () => {
    expect(options('sftp://ann@example.org:2222/srv/data')).toMatchObject({
      host: 'example.org',
      port: 2222,
      user: 'ann',
      path: '/srv/data',
      hostKeys: 'known',
      password: undefined,
    });
  });

  test('leaves to the configuration what it does not name', () => {
    expect(options('sftp://nas')).toMatchObject({ host: 'nas', port: undefined, user: undefined, path: '' });
  });

  test.for([
    ['sftp://nas/~/data', 'data'],
    ['sftp://nas/~', ''],
    ['sftp://nas/~ann/data', '/~ann/data'],
    ['sftp://nas/', '/'],
    ['sftp://nas/with%20space%23%3F%25', '/with space#?%'],
    ['sftp://nas/%C3%BC', '/ü'],
  ] as const)('%s means the folder %j', ([address, path]) => {
    expect(options(address).path).toBe(path);
  });

  test('takes an IPv6 address, and a user with odd characters', () => {
    expect(options('sftp://a%40b@[::1]:22/x')).toMatchObject({ host: '::1', user: 'a@b' });
  });

  test('may name a key file, a fingerprint, new servers and connections', () => {
    const fingerprint = 'SHA256:s+FQm7aeZ3mCdX+6djpBbLTxvYzEwqa3m4bdb7bwy2M';
    const address = `sftp://nas/x?identity=~/.ssh/nas&fingerprint=${fingerprint}&host-keys=accept-new&connections=4`;
    expect(options(address)).toMatchObject({
      privateKeyFile: '~/.ssh/nas',
      fingerprint,
      hostKeys: 'accept-new',
      connections: 4,
    });
  });

  test('takes secrets from the environment only', () => {
    const env = { SYNCENGINE_SFTP_PASSWORD: 'secret', SYNCENGINE_SFTP_PASSPHRASE: 'phrase' };
    expect(options('sftp://nas/x', env)).toMatchObject({ password: 'secret', passphrase: 'phrase' });
    expect(() => options('sftp://ann:secret@nas/x')).toThrow(/SYNCENGINE_SFTP_PASSWORD/);
    expect(() => options('sftp://ann:secret@nas/x')).not.toThrow(/secret@|:secret/);
  });

  test.for([
    'sftp:///folder',
    'sftp://nas/x?password=secret',
    'sftp://nas/x?host-keys=all',
    'sftp://nas/x?connections=0',
    'sftp://nas/%E0%A4%A',
  ])('%s is refused', (address) => {
    expect(() => options(address)).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});

describe('an id', () => {
  const id = (path: string): string =>
    settingsOf({ host: 'Example.org', user: 'ann', path, password: 'secret', configFile: false }).id;

  test('tells the place and no secrets, and is that of a folder inside another', () => {
    expect(id('/srv/data/')).toBe('sftp://ann@example.org:22/srv/data');
    expect(id('/srv//./data/inner')).toBe('sftp://ann@example.org:22/srv/data/inner');
    expect(id('/')).toBe('sftp://ann@example.org:22');
    expect(id('')).toBe('sftp://ann@example.org:22/~');
    expect(id('data')).toBe('sftp://ann@example.org:22/~/data');
  });

  test('does not depend on case and default port', () => {
    const other = settingsOf({
      host: 'EXAMPLE.ORG',
      port: 22,
      user: 'ann',
      path: '/srv',
      agent: false,
      configFile: false,
    });
    expect(other.id).toBe(id('/srv'));
  });
});

describe('options without meaning are refused', () => {
  test.for([
    { host: '' },
    { host: 'nas', port: 0 },
    { host: 'nas', connections: 0 },
    { host: 'nas', timeoutMs: 1 },
    { host: 'nas', path: 'a\0b' },
    { host: 'nas', path: '/srv/../etc' },
    { host: 'nas', fingerprint: 'MD5:00:11' },
    { host: 'nas', privateKey: 'no key' },
    { host: 'nas', privateKeyFile: '/nowhere/key' },
  ])('%j', (each) => {
    expect(() => settingsOf({ configFile: false, agent: false, ...each })).toThrow();
  });
});
