import { SyncEngineError } from '@syncengine/core';
import { type Client, FTPError } from 'basic-ftp';
import { ignored } from './data-connection.ts';
import { refusal } from './failures.ts';
import type { FtpSettings } from './options.ts';
import { protectionOf, requireTrusted } from './protection.ts';
import { isDone, type Reply } from './reply.ts';

/** Connects, protects the connection before anything secret is sent, and logs in. */
export async function logIn(client: Client, settings: FtpSettings, id: string): Promise<void> {
  const { host, port, security, user, password } = settings;
  const protection = protectionOf(settings);
  try {
    if (security === 'implicit') {
      await client.connectImplicitTLS(host, port, { ...protection });
    } else {
      await client.connect(host, port);
      // What the library listens to goes when TLS takes over, but a reset still reaches this socket.
      client.ftp.socket.on('error', ignored);
      if (security === 'explicit') {
        const plain = client.ftp.socket;
        await client.useTLS({ ...protection });
        plain.on('error', ignored);
      }
    }
    client.ftp.socket.on('error', ignored);
    client.ftp.socket.setNoDelay(true);
    if (security !== 'none') requireTrusted(client.ftp.socket, settings);
    await client.login(user, password);
  } catch (error) {
    if (error instanceof FTPError) throw refusedLogin(error, id);
    throw error;
  }
}

/** What every connection needs before anything else: binary transfers, UTF-8, protected data. */
export async function settle(
  { security }: FtpSettings,
  id: string,
  converse: (commands: readonly string[]) => Promise<readonly Reply[]>,
): Promise<void> {
  const protect = security === 'none' ? [] : ['PBSZ 0', 'PROT P'];
  // Some servers want to be asked for UTF-8, others know no such option because they speak nothing else.
  const [binary, , ...protection] = await converse(['TYPE I', 'OPTS UTF8 ON', ...protect]);
  if (!isDone(binary)) throw new SyncEngineError('unsupported', `${id} does not transfer binary files.`);
  if (security !== 'none' && !isDone(protection.at(-1))) {
    throw new SyncEngineError('unsupported', `${id} does not protect the content of files with TLS.`);
  }
}

function refusedLogin(error: FTPError, id: string): SyncEngineError {
  const reply: Reply = { code: error.code, text: error.message };
  const isFull = error.code === 421 || /too many|maximum|limit|connections/i.test(error.message);
  if (isFull) {
    const message = `${id} takes no more connections now; it says: ${error.message}`;
    return new SyncEngineError('throttled', message, { retry: 'yes', cause: error, details: { reply: error.code } });
  }
  if (error.code === 530 || error.code === 430) {
    const message = `${id} refuses the user or the password; it says: ${error.message}`;
    return new SyncEngineError('permission-denied', message, { cause: error });
  }
  return refusal(reply, '', 'reached');
}
