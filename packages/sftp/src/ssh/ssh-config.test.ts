import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expandPath, hostConfiguration } from './ssh-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'syncengine-ssh-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const configured = (text: string, host: string): ReturnType<typeof hostConfiguration> => {
  const file = join(folder, 'config');
  writeFileSync(file, text);
  return hostConfiguration(host, file);
};

describe('the SSH configuration', () => {
  test('an alias stands for host, port, user, keys and known hosts', () => {
    const text = `
      Host nas
        HostName 10.0.0.7
        Port 2222
        User ann
        IdentityFile ~/.ssh/nas
        IdentityFile "~/.ssh/second key"
        UserKnownHostsFile ~/.ssh/known_nas /etc/known
        HostKeyAlias nas.home
        IdentitiesOnly yes
      Host *
        User nobody
        IdentityFile ~/.ssh/everywhere`;
    expect(configured(text, 'nas')).toEqual({
      hostName: '10.0.0.7',
      port: 2222,
      user: 'ann',
      identityFiles: ['nas', 'second key', 'everywhere'].map((name) => join(homedir(), '.ssh', name)),
      knownHostsFiles: [join(homedir(), '.ssh', 'known_nas'), '/etc/known'],
      hostKeyAlias: 'nas.home',
      identitiesOnly: true,
    });
    expect(configured(text, 'elsewhere').user).toBe('nobody');
  });

  test('case of its words does not matter, and %h is the host', () => {
    expect(configured('host short\n  HOSTNAME %h.example.org\n  port 23', 'short')).toMatchObject({
      hostName: 'short.example.org',
      port: 23,
    });
  });

  test('says nothing where there is no file, or nothing for the host', () => {
    const nothing = { hostName: undefined, port: undefined, user: undefined, identityFiles: [], knownHostsFiles: [] };
    expect(hostConfiguration('nas', join(folder, 'missing'))).toMatchObject(nothing);
    expect(configured('Host other\n  Port 1', 'nas')).toMatchObject(nothing);
  });

  test('a host behind another one is refused, not tried directly', () => {
    expect(() => configured('Host inner\n  ProxyJump outer', 'inner')).toThrow(/outer/);
    expect(configured('Host inner\n  ProxyJump none', 'inner').hostName).toBeUndefined();
  });

  test('looking runs no commands', () => {
    const mark = join(folder, 'ran');
    configured(`Match exec "touch ${mark}"\n  Port 1`, 'nas');
    expect(() => rmSync(mark)).toThrow(/ENOENT/);
  });
});

test('paths are expanded as OpenSSH does', () => {
  expect(expandPath('~/key')).toBe(join(homedir(), 'key'));
  expect(expandPath('%d/%h-%r-%u-%%', 'host', 'ann')).toBe(`${homedir()}/host-ann-${userInfo().username}-%`);
  expect(expandPath('/etc/~')).toBe('/etc/~');
});
