import type { HostKeyPolicy } from './host-keys.ts';
import type { Login } from './login.ts';

/** A server, and all that it takes to get in. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly login: Login;
  readonly hostKeys: HostKeyPolicy;
  /** How long the server may be silent, while connecting and afterwards, before it counts as dead; in milliseconds. */
  readonly timeoutMs: number;
  /** Whether the habits of OpenSSH may be counted on. Default: when the server calls itself so. */
  readonly server?: 'openssh' | 'other' | undefined;
}
