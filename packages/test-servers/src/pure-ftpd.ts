import { readFileSync } from 'node:fs';
import { ftpProgram } from './ftp-programs.ts';
import {
  type FtpServer,
  type FtpServerOptions,
  hashedPassword,
  startFtpServer,
  writeConfiguration,
} from './ftp-server.ts';
import { run } from './server-folder.ts';

/** Starts Pure-FTPd on a free port. `missingFtpServer('pure-ftpd')` tells whether the machine has what it needs. */
export function startPureFtpd(options: Omit<FtpServerOptions, 'implicitTls'> = {}): Promise<FtpServer> {
  return startFtpServer('pure-ftpd', async (ground, passivePorts) => {
    const { server, home, port, user, password, keyFile, certificateFile, ids } = ground;
    const [uid, gid] = ids ?? [0, 0];
    // Its own program for passwords would hash with a function that takes seconds for each login.
    const line = `${user}:${await hashedPassword(password)}:${uid}:${gid}::${home}/./::::::::::::`;
    const users = writeConfiguration(ground, 'users', [line]);
    const database = server.file('users.pdb');
    await run(ftpProgram('pure-ftpd', 'pure-pw') ?? 'pure-pw', ['mkdb', database, '-f', users]);
    const both = [readFileSync(keyFile, 'utf8'), readFileSync(certificateFile, 'utf8')];
    const certificates = writeConfiguration(ground, 'both.pem', both);
    const connections = String(options.maximumConnections ?? 100);
    return {
      ended: server.start('pure-ftpd', ftpProgram('pure-ftpd', 'pure-ftpd') ?? 'pure-ftpd', [
        ...['--bind', `127.0.0.1,${port}`, '--login', `puredb:${database}`, '--noanonymous', '--chrooteveryone'],
        ...['--dontresolve', '--ipv4only', '--minuid', '1', '--maxclientsnumber', connections],
        ...['--maxclientsperip', connections, '--passiveportrange', passivePorts.join(':')],
        ...['--forcepassiveip', '127.0.0.1', '--tls', '1', '--certfile', certificates, '--pidfile', server.file('pid')],
        ...(options.configuration ?? []),
      ]),
    };
  });
}
