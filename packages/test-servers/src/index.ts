export { type Ceph, startCeph } from './ceph.ts';
export {
  type Direction,
  type FaultProxy,
  type FaultProxyOptions,
  type Faults,
  startFaultProxy,
} from './fault-proxy.ts';
export { freePort } from './free-port.ts';
export { missing, programPath, type ServerName } from './missing.ts';
export { type HostKeyType, type OpenSsh, type OpenSshOptions, openSshPassphrase, startOpenSsh } from './openssh.ts';
export type { RunningServer } from './running-server.ts';
export { run, ServerFolder, untilReady } from './server-folder.ts';
