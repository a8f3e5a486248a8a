import { chownSync } from 'node:fs';
import process from 'node:process';
import { ftpFolder, ftpProgram } from './ftp-programs.ts';
import {
  environmentOf,
  type FtpServer,
  type FtpServerOptions,
  hashedPassword,
  startFtpServer,
  writeConfiguration,
} from './ftp-server.ts';

/** Starts ProFTPD on a free port. `missingFtpServer('proftpd')` tells whether the machine has what it needs. */
export function startProFtpd(options: FtpServerOptions = {}): Promise<FtpServer> {
  return startFtpServer('proftpd', async (ground, [firstPort, lastPort]) => {
    const { server, home, port, user, password, keyFile, certificateFile, ids } = ground;
    const [uid, gid] = ids ?? [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const hash = await hashedPassword(password);
    const users = writeConfiguration(ground, 'users', [`${user}:${hash}:${uid}:${gid}::${home}:/bin/false`]);
    const groups = writeConfiguration(ground, 'groups', [`testers:x:${gid}:`]);
    if (ids !== undefined) for (const file of [users, groups]) chownSync(file, ...ids);
    const tlsOptions = ['NoSessionReuseRequired', ...(options.implicitTls === true ? ['UseImplicitSSL'] : [])];
    const configuration = writeConfiguration(ground, 'proftpd.conf', [
      `ModulePath ${ftpFolder('proftpd')}/usr/lib/proftpd`,
      'LoadModule mod_tls.c',
      'LoadModule mod_digest.c',
      'ServerType standalone',
      'DefaultServer on',
      'DefaultAddress 127.0.0.1',
      `Port ${port}`,
      'SocketBindTight on',
      'UseIPv6 off',
      ...(ids === undefined ? [] : ['User nobody', 'Group nogroup', 'DefaultRoot ~']),
      'UseReverseDNS off',
      'WtmpLog off',
      'TransferLog none',
      `SystemLog ${server.file('system.log')}`,
      `PidFile ${server.file('pid')}`,
      `ScoreboardFile ${server.file('scoreboard')}`,
      'DelayEngine off',
      'AuthOrder mod_auth_file.c',
      `AuthUserFile ${users}`,
      `AuthGroupFile ${groups}`,
      'RequireValidShell off',
      'AllowStoreRestart on',
      'AllowRetrieveRestart on',
      'TimesGMT on',
      'UseEncoding UTF-8 UTF-8',
      `MaxClients ${options.maximumConnections ?? 100} "Too many connections, only %m are allowed."`,
      'MaxInstances none',
      `PassivePorts ${firstPort} ${lastPort}`,
      'Umask 022',
      'TLSEngine on',
      'TLSProtocol TLSv1.2 TLSv1.3',
      'TLSRequired off',
      `TLSRSACertificateFile ${certificateFile}`,
      `TLSRSACertificateKeyFile ${keyFile}`,
      'TLSVerifyClient off',
      `TLSOptions ${tlsOptions.join(' ')}`,
      'DigestEngine on',
      'DigestAlgorithms all',
      'DigestMaxSize 1 Gb',
      'AllowOverwrite on',
      ...(options.configuration ?? []),
    ]);
    return {
      ended: server.start(
        'proftpd',
        ftpProgram('proftpd', 'proftpd') ?? 'proftpd',
        ['-n', '-c', configuration],
        environmentOf(options),
      ),
    };
  });
}
