import { type Side, SyncEngineError } from '../errors.ts';

/** What a run may do on one side. */
export interface SideEffects {
  readonly create: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  readonly move: boolean;
}

/**
 * A synchronisation mode as data; the five presets are in `syncModes`, others can be made.
 *
 * With a `leader`, the other side follows what the leader holds. Without one, changes flow both ways by the decision
 * table.
 */
export interface SyncMode {
  readonly name: string;
  readonly leader: Side | undefined;
  readonly effects: { readonly source: SideEffects; readonly destination: SideEffects };
  /** What becomes of content that gives way: `trash` is emptied after some days, `version` is kept. */
  readonly replaced: 'trash' | 'version';
}

export type SyncModeName =
  | 'two-way'
  | 'source-to-destination'
  | 'source-backup'
  | 'destination-to-source'
  | 'destination-backup';

const all: SideEffects = { create: true, update: true, delete: true, move: true };
const none: SideEffects = { create: false, update: false, delete: false, move: false };
// A move takes a name away, which to a backup is a deletion too.
const noDeletion: SideEffects = { ...all, delete: false, move: false };

/** The presets. */
export const syncModes: Readonly<Record<SyncModeName, SyncMode>> = {
  'two-way': {
    name: 'two-way',
    leader: undefined,
    effects: { source: all, destination: all },
    replaced: 'trash',
  },
  'source-to-destination': {
    name: 'source-to-destination',
    leader: 'source',
    effects: { source: none, destination: all },
    replaced: 'trash',
  },
  'source-backup': {
    name: 'source-backup',
    leader: 'source',
    effects: { source: none, destination: noDeletion },
    replaced: 'version',
  },
  'destination-to-source': {
    name: 'destination-to-source',
    leader: 'destination',
    effects: { source: all, destination: none },
    replaced: 'trash',
  },
  'destination-backup': {
    name: 'destination-backup',
    leader: 'destination',
    effects: { source: noDeletion, destination: none },
    replaced: 'version',
  },
};

const aliases: Readonly<Record<string, SyncModeName>> = {
  tw: 'two-way',
  std: 'source-to-destination',
  sb: 'source-backup',
  dts: 'destination-to-source',
  db: 'destination-backup',
};

/**
 * A preset by its name or alias (`tw std sb dts db`), in any case.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function parseSyncMode(text: string): SyncMode {
  const wanted = text.toLowerCase();
  const name = aliases[wanted] ?? wanted;
  const mode = Object.values(syncModes).find((candidate) => candidate.name === name);
  if (mode !== undefined) return mode;
  const known = Object.keys(syncModes).join(', ');
  throw new SyncEngineError(
    'invalid-options',
    `${JSON.stringify(text)} is no mode; choose one of ${known}, or an alias: ${Object.keys(aliases).join(', ')}.`,
  );
}
