import type { Gate } from '@syncengine/core';
import type { Durability } from './durability.ts';
import type { FreeSpace } from './free-space.ts';
import type { MadeNow } from './made-now.ts';
import type { Root } from './root.ts';
import type { Shell } from './shell.ts';
import type { ConnectionPool } from './ssh/index.ts';
import type { Staging } from './staging.ts';
import type { Ways } from './ways.ts';

/** What the parts of a client share. */
export interface RemoteFolder {
  readonly pool: ConnectionPool;
  readonly root: Root;
  readonly staging: Staging;
  readonly durability: Durability;
  readonly shell: Shell;
  /** Large contents fill the line by themselves; more of them at once would only take memory. */
  readonly largeWrites: Gate;
  /** Directories that were just made, and are no links. */
  readonly madeNow: MadeNow;
  readonly ways: Ways;
  readonly space: FreeSpace;
  readonly caseSensitive: boolean;
}
