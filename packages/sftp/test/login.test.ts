import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, type SyncEngineError } from '@syncengine/core';
import { type OpenSsh, openSshPassphrase, programPath, startOpenSsh } from '@syncengine/test-servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStorageClient, SftpStorageClient, type SftpStorageOptions } from '../src/index.ts';
import { newFolder, optionsFor, withOpenSsh } from './support/server.ts';

withOpenSsh('logging in to OpenSSH', () => {
  let server: OpenSsh;
  let folder: string;

  beforeAll(async () => {
    server = await startOpenSsh();
    folder = newFolder(server);
  });
  afterAll(() => server.stop());

  /** Options without any way to log in. */
  const bare = (more: Partial<SftpStorageOptions>): SftpStorageOptions => {
    const { privateKeyFile, ...rest } = optionsFor(server, folder);
    return { ...rest, ...more };
  };

  const works = async (options: SftpStorageOptions): Promise<void> => {
    const client = await SftpStorageClient.connect(options);
    await client.write('file', contentOf('text'));
    await client.close();
  };

  const refused = async (options: SftpStorageOptions): Promise<SyncEngineError> => {
    const error: unknown = await SftpStorageClient.connect(options).then(
      async (client) => client.close(),
      (reason: unknown) => reason,
    );
    // Only read afterwards; whoever gets something else sees it in the assertion.
    return error as SyncEngineError;
  };

  describe('by key', () => {
    test('of a file, of memory, and with a passphrase', async () => {
      await works(bare({ privateKeyFile: server.privateKeyFile }));
      await works(bare({ privateKey: readFileSync(server.privateKeyFile) }));
      await works(bare({ privateKey: readFileSync(server.privateKeyFile, 'utf8') }));
      await works(bare({ privateKeyFile: server.lockedKeyFile, passphrase: openSshPassphrase }));
    });

    test('a missing or wrong passphrase is told before anything is tried', async () => {
      for (const passphrase of [undefined, 'wrong']) {
        const error = await refused(bare({ privateKeyFile: server.lockedKeyFile, passphrase }));
        expect(error).toMatchObject({ code: 'invalid-options' });
        expect(error.message).toContain(server.lockedKeyFile);
      }
    });

    test('is signed with at once: to ask whether it would do costs a round trip', async () => {
      const telling = await startOpenSsh({ configuration: ['LogLevel VERBOSE'] });
      try {
        await works(optionsFor(telling, newFolder(telling)));
        const log = readFileSync(join(telling.folder, 'sshd.log'), 'utf8');
        expect(log).toContain('Accepted publickey');
        expect(log).not.toContain('Postponed publickey');
      } finally {
        await telling.stop();
      }
    });

    test('of RSA, whose signatures a server names late, after a key that it does not know', async () => {
      const [stranger, key] = ['first-stranger', 'rsa-key'].map((name) => join(server.folder, name));
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger ?? '']);
      spawnSync('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-f', key ?? '']);
      appendFileSync(join(server.folder, 'authorized_keys'), readFileSync(`${key}.pub`));
      await works(bare({ privateKeyFile: key }));
      const config = join(server.folder, 'two-keys');
      writeFileSync(config, `Host 127.0.0.1\n  IdentityFile ${stranger}\n  IdentityFile ${key}\n`);
      await works(bare({ configFile: config }));
    });

    test('an unknown key is refused for good', async () => {
      const key = join(server.folder, 'stranger');
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      expect(await refused(bare({ privateKeyFile: key }))).toMatchObject({ code: 'permission-denied', retry: 'no' });
    });

    const agent = programPath('ssh-agent');
    test.skipIf(agent === undefined)('of an agent; one that is gone has none', async () => {
      const socket = join(server.folder, 'agent');
      const running = spawn(agent ?? '', ['-D', '-a', socket], { stdio: 'ignore' });
      try {
        while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
        const env = { ...process.env, SSH_AUTH_SOCK: socket };
        expect(spawnSync('ssh-add', ['-q', server.privateKeyFile], { env }).status).toBe(0);
        await works(bare({ agent: socket }));
      } finally {
        running.kill();
      }
      const gone = bare({ agent: join(server.folder, 'no-agent') });
      expect(await refused(gone)).toMatchObject({ code: 'permission-denied' });
      await works({ ...gone, privateKeyFile: server.privateKeyFile });
    });
  });

  // Only root can give a user a password.
  describe.skipIf(process.getuid?.() !== 0)('by password', () => {
    const password = (): string => server.password ?? '';

    test('works, also as an answer to a question', async () => {
      await works(bare({ password: password() }));
      const asking = await startOpenSsh({ configuration: ['PasswordAuthentication no'] });
      try {
        const root = newFolder(asking);
        const { privateKeyFile, ...options } = optionsFor(asking, root);
        await works({ ...options, password: asking.password });
        const questions: string[] = [];
        await works({
          ...options,
          answerQuestions: async (asked) => {
            questions.push(...asked.map((question) => question.text));
            return asked.map((question) => (question.isVisible ? '' : (asking.password ?? '')));
          },
        });
        expect(questions.join()).toMatch(/password/i);
      } finally {
        await asking.stop();
      }
    });

    test('a wrong one is refused for good, and not told', async () => {
      const error = await refused(bare({ password: 'not-the-password' }));
      expect(error).toMatchObject({ code: 'permission-denied', retry: 'no' });
      expect(JSON.stringify([error.message, String(error.cause), error.details])).not.toContain('not-the-password');
    });

    test('of the environment, for an address', async () => {
      const address = new URL(`sftp://${server.user}@127.0.0.1:${server.port}${folder}`);
      address.searchParams.set('fingerprint', server.fingerprints.ed25519 ?? '');
      const client = await createStorageClient(address, { env: { SYNCENGINE_SFTP_PASSWORD: password() } });
      expect((await client.stat(''))?.kind).toBe('directory');
      await client.close();
    });
  });

  describe('a server', () => {
    const fileWith = (name: string, text: string): string => {
      const file = join(server.folder, name);
      writeFileSync(file, text);
      return file;
    };
    const known = (): string[] => readFileSync(server.knownHostsFile, 'utf8').trim().split('\n');
    const withFile = (file: string, more: Partial<SftpStorageOptions> = {}): SftpStorageOptions =>
      optionsFor(server, folder, { knownHostsFiles: [file], ...more });

    test('that nobody knows is refused, and its fingerprint told', async () => {
      const error = await refused(withFile(join(server.folder, 'none', 'known_hosts')));
      expect(error).toMatchObject({ code: 'connection', retry: 'no' });
      expect(error.message).toContain(server.fingerprints.ed25519);
    });

    test('that is new is remembered when that is wanted, and then known', async () => {
      const file = join(server.folder, 'new', 'known_hosts');
      await works(withFile(file, { hostKeys: 'accept-new' }));
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await works(withFile(file));
      await works(withFile(file, { hostKeys: 'accept-new' }));
      expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
    });

    test('that is new is added after a last line without an end', async () => {
      const file = fileWith('unended', 'example.org ssh-ed25519 AAAA');
      await works(withFile(file, { hostKeys: 'accept-new' }));
      await works(withFile(file));
    });

    test('with another key than the known one is refused, even when new ones are accepted', async () => {
      const other = await startOpenSsh();
      try {
        const wrong = readFileSync(other.knownHostsFile, 'utf8').replaceAll(`:${other.port}`, `:${server.port}`);
        const file = fileWith('changed', wrong);
        for (const hostKeys of ['known', 'accept-new'] as const) {
          const error = await refused(withFile(file, { hostKeys }));
          expect(error).toMatchObject({ code: 'connection', retry: 'no' });
          expect(error.message).toContain('ssh-keygen -R');
        }
        expect(readFileSync(file, 'utf8')).toBe(wrong);
      } finally {
        await other.stop();
      }
    });

    test('of which only one of its keys is known is asked for that one', async () => {
      for (const type of ['ssh-ed25519', 'ssh-rsa']) {
        const lines = known().filter((line) => line.includes(` ${type} `));
        expect(lines).toHaveLength(1);
        await works(withFile(fileWith(`only-${type}`, `${lines.join('\n')}\n`)));
      }
    });

    test('whose key was revoked is refused', async () => {
      const file = fileWith(
        'revoked',
        known()
          .map((line) => `@revoked ${line}\n`)
          .join(''),
      );
      const error = await refused(withFile(file, { hostKeys: 'accept-new' }));
      expect(error.message).toContain('revoked');
    });

    test('may stand there hashed', async () => {
      const file = fileWith('hashed', readFileSync(server.knownHostsFile, 'utf8'));
      expect(spawnSync('ssh-keygen', ['-H', '-f', file]).status).toBe(0);
      expect(readFileSync(file, 'utf8')).not.toContain('127.0.0.1');
      await works(withFile(file));
    });

    test('may be known by the fingerprint of any of its keys, and then only by that', async () => {
      const none = join(server.folder, 'nothing');
      for (const fingerprint of Object.values(server.fingerprints)) await works(withFile(none, { fingerprint }));
      const wrong = `SHA256:${'A'.repeat(43)}`;
      const error = await refused(withFile(server.knownHostsFile, { fingerprint: wrong }));
      expect(error).toMatchObject({ code: 'connection', retry: 'no' });
      expect(error.message).toContain(wrong);
    });
  });

  test('an alias of the SSH configuration is enough', async () => {
    const configFile = join(server.folder, 'config');
    mkdirSync(join(server.folder, 'keys'), { recursive: true });
    appendFileSync(
      configFile,
      `Host nas\n  HostName 127.0.0.1\n  Port ${server.port}\n  User ${server.user}\n` +
        `  IdentityFile ${server.privateKeyFile}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${server.knownHostsFile}\n`,
    );
    const client = await SftpStorageClient.connect({ host: 'nas', path: folder, configFile });
    expect(client.id).toBe(`sftp://${server.user}@127.0.0.1:${server.port}${folder}`);
    await client.close();
  });

  test('nobody listens: that may pass', async () => {
    const error = await refused(optionsFor(server, folder, { port: 1 }));
    expect(error).toMatchObject({ code: 'connection', retry: 'yes' });
  });
});
