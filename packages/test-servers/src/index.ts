export { type Ceph, startCeph } from './ceph.ts';
export {
  type Direction,
  type FaultProxy,
  type FaultProxyOptions,
  type Faults,
  startFaultProxy,
} from './fault-proxy.ts';
export { freePort } from './free-port.ts';
export {
  type FtpChannel,
  type FtpFaultProxy,
  type FtpFaultProxyOptions,
  startFtpFaultProxy,
} from './ftp-fault-proxy.ts';
export { type FtpServerName, missingFtpServer } from './ftp-programs.ts';
export type { FtpServer, FtpServerOptions } from './ftp-server.ts';
export { missing, programPath, type ServerName } from './missing.ts';
export { type HostKeyType, type OpenSsh, type OpenSshOptions, openSshPassphrase, startOpenSsh } from './openssh.ts';
export { startProFtpd } from './proftpd.ts';
export { startPureFtpd } from './pure-ftpd.ts';
export type { RunningServer } from './running-server.ts';
export { run, ServerFolder, untilReady } from './server-folder.ts';
export { startVsftpd } from './vsftpd.ts';
