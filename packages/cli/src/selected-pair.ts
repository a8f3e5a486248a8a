import type { Configuration } from './configuration/index.ts';
import type { Environment } from './environment.ts';
import type { PairSettings } from './options.ts';
import type { Place } from './places.ts';

/** A pair of places that a command is to deal with. */
export interface SelectedPair {
  /** `documents`, or `photos/usb` where a pair has several destinations; `undefined` for places that were typed. */
  readonly name: string | undefined;
  readonly source: Place;
  readonly destination: Place;
  readonly settings: PairSettings;
}

/** What the arguments of a command mean. */
export interface Selection {
  readonly pairs: readonly SelectedPair[];
  /** `undefined` for two places that were typed. */
  readonly configuration: Configuration | undefined;
  /** Shared by all pairs; what is `undefined` was not said. */
  readonly limits: {
    readonly transfers: number | undefined;
    readonly operations: number | undefined;
    /** Bytes. */
    readonly bytesPerSecond: number | undefined;
  };
  /** The folder of the memory; `undefined` for the platform's own place. */
  readonly state: string | undefined;
  /** With what the configuration says of adapters. */
  readonly environment: Environment;
}
