import type { Directories } from './directories.ts';
import type { Glances } from './glances.ts';
import type { Looker } from './looking.ts';
import type { NameProof } from './name-proof.ts';
import type { ConnectionPool } from './pool.ts';
import type { Server } from './server.ts';
import type { Staging } from './staging.ts';
import type { Territory } from './territory.ts';

/** What the parts of a client share. */
export interface Parts {
  readonly server: Server;
  /** Commands that do not depend on each other may be sent together. */
  readonly pipelining: boolean;
  readonly pool: ConnectionPool;
  readonly territory: Territory;
  readonly glances: Glances;
  readonly looker: Looker;
  readonly staging: Staging;
  readonly directories: Directories;
  readonly proof: NameProof;
}
