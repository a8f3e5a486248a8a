export type { FirstSteps } from './connect.ts';
export type { Conversation } from './conversation.ts';
export { type Executed, execute } from './execute.ts';
export {
  checkedPrivateKey,
  defaultPrivateKeys,
  type Login,
  type PrivateKey,
  readPrivateKey,
} from './login.ts';
export { ConnectionPool } from './pool.ts';
export { type NamedStats, openFlags, type Session, type SpaceOnDisk, statusOf } from './session.ts';
export { defaultConfigFile, expandPath, type HostConfiguration, hostConfiguration } from './ssh-config.ts';
export type { Target } from './target.ts';
