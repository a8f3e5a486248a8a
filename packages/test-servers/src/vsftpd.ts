import { chownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { ftpProgram } from './ftp-programs.ts';
import {
  environmentOf,
  type FtpServer,
  type FtpServerOptions,
  startFtpServer,
  writeConfiguration,
} from './ftp-server.ts';
import { makeUser, type TestUser } from './openssh.ts';

/** Starts vsftpd on a free port. `missingFtpServer('vsftpd')` tells whether the machine has what it needs. */
export async function startVsftpd(options: FtpServerOptions = {}): Promise<FtpServer> {
  // It knows no users but those of the system.
  let user: TestUser | undefined;
  let configuration: string | undefined;
  const server = await startFtpServer(
    'vsftpd',
    async (ground, [firstPort, lastPort]) => {
      const { server: folder, home, port, files, keyFile, certificateFile } = ground;
      user = await makeUser(folder);
      if (user.ids !== undefined) chownSync(files, ...user.ids);
      const empty = folder.file('empty');
      mkdirSync(empty);
      configuration = writeConfiguration(ground, 'vsftpd.conf', [
        'listen=YES',
        'listen_ipv6=NO',
        'listen_address=127.0.0.1',
        `listen_port=${port}`,
        'background=NO',
        'anonymous_enable=NO',
        'local_enable=YES',
        `local_root=${home}`,
        'write_enable=YES',
        'local_umask=022',
        'chroot_local_user=YES',
        'allow_writeable_chroot=YES',
        `secure_chroot_dir=${empty}`,
        'pasv_address=127.0.0.1',
        `pasv_min_port=${firstPort}`,
        `pasv_max_port=${lastPort}`,
        'seccomp_sandbox=NO',
        'utf8_filesystem=YES',
        'use_localtime=NO',
        'mdtm_write=YES',
        `max_clients=${options.maximumConnections ?? 100}`,
        'ssl_enable=YES',
        'allow_anon_ssl=NO',
        'force_local_data_ssl=NO',
        'force_local_logins_ssl=NO',
        'ssl_tlsv1=YES',
        'ssl_sslv2=NO',
        'ssl_sslv3=NO',
        // As strict as it comes: data connections continue the session of the control connection.
        'require_ssl_reuse=YES',
        'ssl_ciphers=HIGH',
        `implicit_ssl=${options.implicitTls === true ? 'YES' : 'NO'}`,
        `rsa_cert_file=${certificateFile}`,
        `rsa_private_key_file=${keyFile}`,
        'xferlog_enable=NO',
        ...(options.configuration ?? []),
      ]);
      const program = ftpProgram('vsftpd', 'vsftpd') ?? 'vsftpd';
      return { ended: folder.start('vsftpd', program, [configuration], environmentOf(options)) };
    },
    async () => {
      if (configuration !== undefined) killSessions(configuration);
      await user?.remove();
    },
  );
  return { ...server, user: user?.name ?? server.user, password: user?.password ?? server.password, ids: user?.ids };
}

/** Every session is a process of its own, in a group of its own, but with the command line of the server. */
function killSessions(configuration: string): void {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || !commandLine(name).split('\0').includes(configuration)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch (error) {
      // It has just ended by itself.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has just ended.
    return '';
  }
}
