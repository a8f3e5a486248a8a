import { type ComparisonMode, parseComparisonMode } from '../compare/index.ts';
import { type Clock, Gate } from '../control/index.ts';
import { considerate, limited, renamed, retrying } from '../decorators/index.ts';
import { publish } from '../diagnostics/index.ts';
import { type Side, SyncEngineError } from '../errors.ts';
import { IgnoreFileManager } from '../ignore/index.ts';
import { type CaseFolding, isWithin } from '../paths/index.ts';
import type { DeletionLimit } from '../plan/index.ts';
import {
  type ConflictStrategy,
  type InitialPreference,
  parseConflictStrategy,
  parseSyncMode,
  type SyncMode,
} from '../reconcile/index.ts';
import { parseSymlinkPolicy, type ScanFilter, type SymlinkPolicy } from '../scan/index.ts';
import { SyncStateManager } from '../state/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { systemClock } from '../system-clock.ts';
import { checkRule, type VersionRule } from '../versions/index.ts';
import type { SyncEngineOptions, VersionOptions } from './options.ts';

/** The options of an engine, checked and completed. */
export interface EngineSettings {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly mode: SyncMode;
  readonly comparison: ComparisonMode;
  readonly conflict: ConflictStrategy;
  readonly initial: InitialPreference;
  readonly strict: boolean;
  readonly ignore: IgnoreFileManager;
  readonly filter: ScanFilter | undefined;
  readonly symlinks: SymlinkPolicy;
  readonly folding: CaseFolding;
  readonly state: SyncStateManager;
  /** `undefined`: nothing is kept. */
  readonly trash: { readonly keepDays: number } | undefined;
  /** `undefined`: what gives way on the side is no version, but for what a backup overwrites. */
  readonly versions: Readonly<Record<Side, VersionRule | undefined>>;
  readonly maximumDeletions: DeletionLimit;
  readonly marker: string | undefined;
  readonly transfers: Gate;
  readonly operations: Gate;
  /** Bytes. */
  readonly resumeFrom: number;
  readonly clock: Clock;
}

/** @throws SyncEngineError `invalid-options`, `invalid-ignore-file`, `same-root`, `nested-roots` */
export function settingsOf(options: SyncEngineOptions): EngineSettings {
  requireApart(options.source, options.destination);
  const clock = options.clock ?? systemClock;
  const decorated = decorate(options, clock);
  const { source, destination } = decorated;
  const caseSensitive = source.capabilities.caseSensitive && destination.capabilities.caseSensitive;
  return {
    ...decorated,
    mode: typeof options.mode === 'object' ? options.mode : parseSyncMode(options.mode ?? 'two-way'),
    comparison: parseComparisonMode(options.compare ?? 'hash-then-mtime'),
    conflict:
      typeof options.conflict === 'function'
        ? options.conflict
        : parseConflictStrategy(options.conflict ?? 'keep-both'),
    initial: parseInitial(options.initial ?? 'merge'),
    strict: options.strict ?? false,
    ignore: new IgnoreFileManager(options.ignore),
    filter: options.filter,
    symlinks: parseSymlinkPolicy(options.symlinks ?? 'safe'),
    folding: caseSensitive ? 'exact' : 'ignore-case',
    state: options.state ?? new SyncStateManager({ clock }),
    trash:
      options.trash === false ? undefined : { keepDays: atLeast('trash.keepDays', options.trash?.keepDays ?? 30, 0) },
    versions: rulesOf(options.versions),
    maximumDeletions: deletionLimit(options.maximumDeletions ?? { share: 0.5 }),
    marker: options.marker,
    transfers: gateOf(options.limits?.transfers, 'transfers', options),
    operations: gateOf(options.limits?.operations, 'operations', options),
    resumeFrom: atLeast('resumeFrom', options.resumeFrom ?? 8 * 1024 * 1024, 1),
    clock,
  };
}

function decorate(options: SyncEngineOptions, clock: Clock): Pick<EngineSettings, 'source' | 'destination'> {
  const bytesPerSecond = options.limits?.bytesPerSecond;
  if (bytesPerSecond !== undefined) atLeast('limits.bytesPerSecond', bytesPerSecond, 1);
  const patient = (client: StorageClient, side: Side): StorageClient =>
    retrying(considerate(client, { clock }), {
      ...options.retry,
      clock,
      onRetry: ({ code, message, path }, delayMs) =>
        publish('retry', () => ({ side, client: client.id, code, message, path, delayMs })),
    });
  // Every byte passes both sides; holding back one of them is enough.
  const source = patient(options.source, 'source');
  const destination = patient(options.destination, 'destination');
  const renames = Object.entries(options.renames ?? {});
  return {
    source: bytesPerSecond === undefined ? source : limited(source, { bytesPerSecond, clock }),
    destination: renames.length === 0 ? destination : renamed(destination, new Map(renames)),
  };
}

function requireApart(source: StorageClient, destination: StorageClient): void {
  if (source.id === destination.id) {
    throw new SyncEngineError('same-root', `Source and destination are the same place: ${source.id}.`);
  }
  for (const [outer, inner] of [
    [source, destination],
    [destination, source],
  ] as const) {
    if (!isWithin(inner.id, outer.id.replace(/\/$/, ''))) continue;
    throw new SyncEngineError(
      'nested-roots',
      `${inner.id} lies inside ${outer.id}: the two sides must not contain each other. Choose folders that lie apart.`,
    );
  }
}

function parseInitial(text: string): InitialPreference {
  if (text === 'merge' || text === 'source' || text === 'destination') return text;
  throw new SyncEngineError(
    'invalid-options',
    `${JSON.stringify(text)} is no preference for a first run; choose merge, source or destination.`,
  );
}

function rulesOf(versions: SyncEngineOptions['versions']): EngineSettings['versions'] {
  if (versions === undefined) return { source: undefined, destination: undefined };
  if (!isBySide(versions)) {
    const rule = checkRule(versions);
    return { source: rule, destination: rule };
  }
  const { source, destination } = versions;
  return {
    source: source === undefined ? undefined : checkRule(source, 'versions.source'),
    destination: destination === undefined ? undefined : checkRule(destination, 'versions.destination'),
  };
}

function isBySide(versions: VersionRule | VersionOptions): versions is VersionOptions {
  return 'source' in versions || 'destination' in versions;
}

function deletionLimit(limit: DeletionLimit): DeletionLimit {
  if ('files' in limit) atLeast('maximumDeletions.files', limit.files, 0);
  else if (!(limit.share >= 0 && limit.share <= 1)) {
    throw new SyncEngineError('invalid-options', `maximumDeletions.share must be from 0 to 1, not ${limit.share}.`);
  }
  return limit;
}

function gateOf(
  wanted: number | Gate | undefined,
  kind: 'transfers' | 'operations',
  { source, destination }: SyncEngineOptions,
): Gate {
  if (wanted instanceof Gate) return wanted;
  if (wanted !== undefined) {
    if (!Number.isInteger(wanted))
      throw new SyncEngineError('invalid-options', `limits.${kind} must be a whole number, not ${wanted}.`);
    return new Gate(atLeast(`limits.${kind}`, wanted, 1));
  }
  // A disk of this machine answers at once and keeps up with whatever the far side bears; between two disks it decides.
  const far = [source, destination].filter(({ id }) => !id.startsWith('file:'));
  const sides = far.length === 0 ? [source, destination] : far;
  return new Gate(Math.max(1, Math.min(...sides.map(({ capabilities }) => capabilities.concurrency[kind]))));
}

function atLeast(name: string, value: number, minimum: number): number {
  if (value >= minimum) return value;
  throw new SyncEngineError('invalid-options', `${name} must be at least ${minimum}, not ${value}.`);
}
