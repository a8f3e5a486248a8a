import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { programPath } from './missing.ts';

export type FtpServerName = 'proftpd' | 'vsftpd' | 'pure-ftpd';

const install = 'sudo packages/test-servers/install-ftp.sh';

/** What has to be found for each. */
const programs: Readonly<Record<FtpServerName, readonly string[]>> = {
  proftpd: ['proftpd', 'openssl'],
  vsftpd: ['vsftpd', 'openssl'],
  'pure-ftpd': ['pure-ftpd', 'pure-pw', 'openssl'],
};

/**
 * Why tests with this FTP server cannot run on this machine, and which command helps; `undefined` when they can. In CI (the
 * environment says `CI=true`) nothing may be missing.
 *
 * @throws Error in CI, when something is missing
 */
export function missingFtpServer(name: FtpServerName): string | undefined {
  const absent = programs[name].filter((program) => ftpProgram(name, program) === undefined);
  const reason =
    absent.length > 0
      ? `${absent.join(', ')} not installed; run: ${install}`
      : name !== 'proftpd' && process.getuid?.() !== 0
        ? `${name} only starts for root`
        : undefined;
  if (reason !== undefined && process.env['CI'] === 'true') throw new Error(`The tests need ${name}: ${reason}`);
  return reason;
}

/** Where a program of an FTP server lies: unpacked beside the system, or in it. */
export function ftpProgram(name: FtpServerName, program: string): string | undefined {
  const candidates = ['usr/sbin', 'usr/bin'].map((folder) => join(ftpFolder(name), folder, program));
  return candidates.find((path) => existsSync(path)) ?? programPath(program);
}

/** The folder into which `install-ftp.sh` unpacks. */
export function ftpFolder(name: FtpServerName): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(process.env['SYNCENGINE_TEST_SERVERS'] ?? join(cache, 'syncengine-test-servers'), name);
}
