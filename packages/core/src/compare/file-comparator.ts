import type { Side } from '../errors.ts';
import type { FileEntry, HashAlgorithm, Hashes, StorageCapabilities, SyncedEntry } from '../storage/index.ts';
import type { BaseRecord } from './base.ts';
import type { ComparisonMode } from './comparison-mode.ts';

/**
 * `needs-hash`: it takes this digest of the entry (of both entries, where two are compared) to tell.
 * `undecidable`: the mode cannot tell at all.
 */
export type Verdict =
  | { readonly result: 'equal' }
  | { readonly result: 'different' }
  | { readonly result: 'needs-hash'; readonly algorithm: HashAlgorithm }
  | { readonly result: 'undecidable'; readonly message: string };

export interface FileComparatorOptions {
  /** Default: `hash-then-mtime`. */
  readonly mode?: ComparisonMode | undefined;
  readonly source: StorageCapabilities;
  readonly destination: StorageCapabilities;
}

const equal: Verdict = { result: 'equal' };
const different: Verdict = { result: 'different' };

/** Digests of one algorithm prove more, or cost less, than those of the next. */
const preference: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

/** Says whether two contents are the same, from what is known and without any effect. */
export class FileComparator {
  readonly mode: ComparisonMode;
  readonly #capabilities: Readonly<Record<Side, StorageCapabilities>>;

  constructor(options: FileComparatorOptions) {
    this.mode = options.mode ?? 'hash-then-mtime';
    this.#capabilities = { source: options.source, destination: options.destination };
  }

  /** An entry against what the base says of its own side. The kinds must be the same. */
  againstBase(side: Side, entry: SyncedEntry, record: BaseRecord): Verdict {
    if (entry.kind === 'directory') return equal;
    if (entry.kind === 'symlink') return entry.target === record.target ? equal : different;
    const base = record[side];
    const trusted = base.racy !== true;
    if (trusted && entry.version === base.version) return equal;
    if (entry.size !== record.size) return different;
    switch (this.mode) {
      case 'size-only':
        return equal;
      case 'mtime-only':
      case 'size-and-mtime':
        return equalWhen(entry.modifiedAt !== undefined && entry.modifiedAt === base.modifiedAt);
      case 'hash-only':
      case 'hash-then-mtime':
        if (entry.size === 0) return equal;
        return (
          this.#hashes(side, entry, record.hashes ?? {}, trusted) ?? this.#withoutHash(entry, record, side, trusted)
        );
    }
  }

  /** The contents of the two sides against each other. Different kinds are different. */
  contents(source: SyncedEntry, destination: SyncedEntry): Verdict {
    if (source.kind === 'directory' && destination.kind === 'directory') return equal;
    if (source.kind === 'symlink' && destination.kind === 'symlink')
      return equalWhen(source.target === destination.target);
    if (source.kind !== 'file' || destination.kind !== 'file' || source.size !== destination.size) return different;
    switch (this.mode) {
      case 'size-only':
        return equal;
      case 'mtime-only':
      case 'size-and-mtime':
        return equalWhen(this.sameTime(source, destination));
      case 'hash-only':
      case 'hash-then-mtime':
        if (source.size === 0) return equal;
        return this.#commonHash(source, destination) ?? this.#byTime(source, destination);
    }
  }

  /** The side whose content is newer; `undefined` where the mode looks at no times or they cannot be told apart. */
  newer(source: SyncedEntry, destination: SyncedEntry): Side | undefined {
    if (this.mode === 'size-only' || this.mode === 'hash-only') return undefined;
    if (source.modifiedAt === undefined || destination.modifiedAt === undefined) return undefined;
    if (this.sameTime(source, destination)) return undefined;
    return source.modifiedAt > destination.modifiedAt ? 'source' : 'destination';
  }

  /** True when the two sides' times are closer than the coarser grain of the two. */
  sameTime(source: SyncedEntry, destination: SyncedEntry): boolean {
    if (source.modifiedAt === undefined || destination.modifiedAt === undefined) return false;
    const grain = Math.max(
      this.#capabilities.source.modifiedAt.precision,
      this.#capabilities.destination.modifiedAt.precision,
    );
    const distance = Math.abs(source.modifiedAt - destination.modifiedAt);
    return distance === 0 || distance < grain;
  }

  #hashes(side: Side, entry: FileEntry, known: Hashes, trusted: boolean): Verdict | undefined {
    for (const algorithm of preference) {
      const mine = entry.hashes?.[algorithm];
      if (mine !== undefined && known[algorithm] !== undefined) return equalWhen(mine === known[algorithm]);
    }
    const algorithm =
      preference.find((candidate) => known[candidate] !== undefined && this.#onRequest(side).includes(candidate)) ??
      // Few files are racy, and soon they no longer are: they are worth reading.
      (trusted ? undefined : preference.find((candidate) => known[candidate] !== undefined));
    return algorithm === undefined ? undefined : { result: 'needs-hash', algorithm };
  }

  #withoutHash(entry: FileEntry, record: BaseRecord, side: Side, trusted: boolean): Verdict {
    if (this.mode === 'hash-only') return noHash(entry.path);
    const { modifiedAt, identity } = record[side];
    // Two files that one run wrote may have one time, and have changed places since.
    if (identity !== undefined && entry.identity !== undefined && entry.identity !== identity) return different;
    // An untrusted time cannot vouch for a file whose version is not trusted either.
    return equalWhen(trusted && entry.modifiedAt !== undefined && entry.modifiedAt === modifiedAt);
  }

  #commonHash(source: FileEntry, destination: FileEntry): Verdict | undefined {
    for (const algorithm of preference) {
      const left = source.hashes?.[algorithm];
      const right = destination.hashes?.[algorithm];
      if (left !== undefined && right !== undefined) return equalWhen(left === right);
    }
    const algorithm = preference.find(
      (candidate) => this.#canGive('source', source, candidate) && this.#canGive('destination', destination, candidate),
    );
    return algorithm === undefined ? undefined : { result: 'needs-hash', algorithm };
  }

  #byTime(source: FileEntry, destination: FileEntry): Verdict {
    return this.mode === 'hash-only' ? noHash(source.path) : equalWhen(this.sameTime(source, destination));
  }

  #canGive(side: Side, entry: FileEntry, algorithm: HashAlgorithm): boolean {
    return entry.hashes?.[algorithm] !== undefined || this.#onRequest(side).includes(algorithm);
  }

  #onRequest(side: Side): readonly HashAlgorithm[] {
    return this.#capabilities[side].hashes.onRequest;
  }
}

function equalWhen(condition: boolean): Verdict {
  return condition ? equal : different;
}

function noHash(path: string): Verdict {
  return {
    result: 'undecidable',
    message: `The comparison hash-only needs a hash of ${JSON.stringify(path)} that both sides can give; they have none in common. Choose another comparison for this pair.`,
  };
}
