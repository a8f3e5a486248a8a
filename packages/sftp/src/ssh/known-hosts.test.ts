import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyTypeOf, knownHostsLine, knownKeys } from './known-hosts.ts';

const key = (letter: string, type = 'ssh-ed25519'): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, type.length]), Buffer.from(type), Buffer.from(letter.repeat(32))]);
const line = (names: string, letter = 'a', marker = ''): string =>
  `${marker}${names} ssh-ed25519 ${key(letter).toString('base64')}\n`;
const isKnown = (text: string, host: string, port = 22): boolean => knownKeys(text, host, port).length > 0;

describe('a name in known_hosts', () => {
  test.for([
    ['example.org', 'example.org', 22, true],
    ['example.org', 'EXAMPLE.org', 22, true],
    ['example.org', 'example.com', 22, false],
    ['example.org', 'example.org', 2222, false],
    ['[example.org]:2222', 'example.org', 2222, true],
    ['[example.org]:2222', 'example.org', 22, false],
    ['other,example.org,10.0.0.1', '10.0.0.1', 22, true],
    ['*.example.org', 'a.b.example.org', 22, true],
    ['*.example.org', 'example.org', 22, false],
    ['host?', 'host7', 22, true],
    ['host?', 'host', 22, false],
    ['*.example.org,!secret.example.org', 'secret.example.org', 22, false],
    ['*.example.org,!secret.example.org', 'open.example.org', 22, true],
    ['[fe80::1]:2222', 'fe80::1', 2222, true],
  ] as const)('%s for %s, port %i: %s', ([names, host, port, expected]) => {
    expect(isKnown(line(names), host, port)).toBe(expected);
  });

  test('may be hashed', () => {
    const salt = Buffer.from('salt of twenty bytes');
    const hashed = (name: string): string =>
      `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
    expect(isKnown(line(hashed('example.org')), 'example.org')).toBe(true);
    expect(isKnown(line(hashed('[example.org]:2222')), 'example.org', 2222)).toBe(true);
    expect(isKnown(line(hashed('example.org')), 'example.com')).toBe(false);
    expect(isKnown(line('|1|x|y'), 'example.org')).toBe(false);
    expect(isKnown(line('|2|x|y'), 'example.org')).toBe(false);
  });

  test('with many stars takes no longer than others', () => {
    expect(isKnown(line(`${'*a'.repeat(200)}b`), 'a'.repeat(4000))).toBe(false);
  });
});

describe('known_hosts', () => {
  test('holds several keys of one server, comments and lines that make no sense', () => {
    const text = `# a comment\n\nexample.org\nexample.org ssh-rsa\n${line('example.org', 'a')}  ${line('example.org', 'b')}`;
    expect(knownKeys(text, 'example.org', 22).map((known) => known.key)).toEqual([key('a'), key('b')]);
  });

  test('lines may end as on Windows, and carry a comment', () => {
    const text = line('example.org').replace('\n', ' somebody@home\r\n');
    expect(knownKeys(text, 'example.org', 22).map((known) => known.key)).toEqual([key('a')]);
  });

  test('marks keys as revoked; authorities are passed over', () => {
    const text = line('example.org', 'a', '@revoked ') + line('example.org', 'b', '@cert-authority ');
    expect(knownKeys(text, 'example.org', 22)).toEqual([{ type: 'ssh-ed25519', key: key('a'), isRevoked: true }]);
  });

  test('takes a new line that it then knows', () => {
    for (const port of [22, 2222]) {
      const [known] = knownKeys(knownHostsLine('Example.org', port, key('a')), 'example.org', port);
      expect(known?.key).toEqual(key('a'));
      expect(known?.type).toBe('ssh-ed25519');
    }
  });

  test('bytes that are no key have no type', () => {
    expect(keyTypeOf(Buffer.from([0, 0]))).toBe('');
  });
});
