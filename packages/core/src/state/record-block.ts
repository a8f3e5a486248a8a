import { type BaseRecord, baseOrderKey, type PackedRecords } from '../compare/index.ts';
import { endsRunBefore, longestRun, orderAround, WalkReader, WalkWriter, withoutSlash } from '../paths/index.ts';
import { type Hashes, type PackedEntries, packed } from '../storage/index.ts';
import { requireKey } from './fields.ts';
import { baseSideOf, columns, type PlainSide, plainSideOf, ticksPerMillisecond } from './plain-record.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { NumberReader, NumberWriter } from './short-numbers.ts';
import { MalformedState } from './state-errors.ts';

/*
 * A block holds a run of records in six parts, behind their lengths: the directory in which the run begins, the last order
 * key, the walk, two bytes of flags for each record, the numbers of the plain ones (their lengths and their bytes), a list of
 * the others as JSON, and the digests.
 */
const partCount = 7;

const kindBits = 3;
const notPlain = 3;
const hasDigest = 4;
/** Permissions and device are those of the plain record before. */
const sameSourceDisk = 8;
const sameDestinationDisk = 16;
/** Of the second byte; the destination's are two bits higher. */
const isRacy = 1;
const isNotRacy = 2;

const digestBytes = 32;
const digestPattern = /^[0-9a-f]{64}$/;
/** A block of long paths is ended earlier; in characters. */
const longestWalk = 1 << 20;

const origin: PlainSide = { permissions: -1, modifiedAt: 0, changedAt: 0, createdAt: 0, number: 0, device: 0 };

/** Packs records into blocks. */
export class RecordBlockWriter {
  readonly #walk = new WalkWriter();
  #flags: number[] = [];
  #numbers = new NumberWriter();
  #others: unknown[] = [];
  #digests: Buffer[] = [];
  #source = origin;
  #destination = origin;
  #length = 0;

  get isEmpty(): boolean {
    return this.#walk.count === 0;
  }

  /** Whether a block should end before a record. */
  endsBefore(record: BaseRecord): boolean {
    const order = baseOrderKey(record);
    const name = order.slice(orderAround(order).length);
    return this.#walk.count >= longestRun || this.#length >= longestWalk || endsRunBefore(name);
  }

  /** @throws TypeError for a record that could not be read back */
  add(record: BaseRecord): void {
    const place = this.#walk.count;
    const order = baseOrderKey(record);
    this.#length += order.length;
    const plain = plainFormOf(record);
    if (plain === undefined) {
      this.#others.push(place, encodeRecord(record, sameKey(record.key)));
      this.#flags.push(notPlain, 0);
      this.#walk.add(order);
      return;
    }
    requireKey(record.key);
    this.#walk.add(order);
    const isDirectory = record.kind === 'directory';
    let flags = isDirectory ? 1 : 0;
    if (plain.digest !== undefined) {
      flags |= hasDigest;
      this.#digests.push(Buffer.from(plain.digest, 'hex'));
    }
    if (isSameDisk(plain.source, this.#source)) flags |= sameSourceDisk;
    if (isSameDisk(plain.destination, this.#destination)) flags |= sameDestinationDisk;
    this.#flags.push(flags, racyBits(record.source.racy) | (racyBits(record.destination.racy) << 2));
    if (!isDirectory) this.#numbers.put(record.size);
    this.#put(plain.source, this.#source, (flags & sameSourceDisk) !== 0, isDirectory, this.#source.modifiedAt);
    const isSameHere = (flags & sameDestinationDisk) !== 0;
    this.#put(plain.destination, this.#destination, isSameHere, isDirectory, plain.source.modifiedAt);
    this.#source = isDirectory ? keepingTimes(plain.source, this.#source) : plain.source;
    this.#destination = isDirectory ? keepingTimes(plain.destination, this.#destination) : plain.destination;
  }

  /** The block so far; the next record begins another. */
  take(): Buffer {
    const { start, walk, last } = this.#walk.take();
    const { lengths, bytes } = this.#numbers.take();
    const others = this.#others.length === 0 ? '' : JSON.stringify(this.#others);
    const parts = [
      Buffer.from(start),
      Buffer.from(last),
      Buffer.from(walk),
      Buffer.from(this.#flags),
      lengths,
      bytes,
      Buffer.from(others),
    ];
    const head = Buffer.alloc(4 * partCount);
    for (const [index, part] of parts.entries()) head.writeUInt32LE(part.byteLength, 4 * index);
    const block = Buffer.concat([head, ...parts, ...this.#digests]);
    this.#flags = [];
    this.#numbers = new NumberWriter();
    this.#others = [];
    this.#digests = [];
    this.#source = origin;
    this.#destination = origin;
    this.#length = 0;
    return block;
  }

  #put(side: PlainSide, before: PlainSide, isSame: boolean, isDirectory: boolean, near: number): void {
    const numbers = this.#numbers;
    if (!isSame) {
      numbers.put(side.permissions - before.permissions);
      numbers.put(side.device - before.device);
    }
    numbers.put(side.number - before.number);
    if (!isDirectory) {
      numbers.put(ticksOf(side.modifiedAt) - ticksOf(near));
      numbers.put(ticksOf(side.changedAt) - ticksOf(before.changedAt));
    }
    numbers.put(ticksOf(side.createdAt) - ticksOf(isDirectory ? before.createdAt : side.changedAt));
  }
}

/** Where the parts of a block are. */
function partsOf(block: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let at = 4 * partCount;
  if (block.byteLength < at) throw new MalformedState('a block is too short');
  for (let index = 0; index < partCount; index += 1) {
    const end = at + block.readUInt32LE(4 * index);
    parts.push(block.subarray(at, end));
    at = end;
  }
  if (at > block.byteLength) throw new MalformedState('a block is too short');
  return [...parts, block.subarray(at)];
}

/** A block, read: numbers for the plain records, and the others as they are. */
export class RecordBlock implements PackedRecords {
  readonly start: string;
  readonly walk: string;
  readonly count: number;
  readonly last: string;
  readonly files: number;
  readonly #numbers: Float64Array;
  readonly #flags: Buffer;
  readonly #digests: Buffer;
  /** Where the digest of each record begins; -1 where it has none. */
  readonly #digestAt: Int32Array;
  readonly #others = new Map<number, BaseRecord>();

  /** @throws MalformedState */
  constructor(block: Buffer) {
    const [start, last, walk, flags, lengths, bytes, others, digests] = partsOf(block);
    if (!start || !last || !walk || !flags || !lengths || !bytes || !others || !digests)
      throw new MalformedState('a block is too short');
    this.start = start.toString('utf8');
    this.last = last.toString('utf8');
    this.walk = walk.toString('utf8');
    this.count = flags.byteLength >> 1;
    this.#flags = flags;
    this.#digests = digests;
    this.#numbers = new Float64Array(this.count * columns.stride);
    this.#digestAt = new Int32Array(this.count);
    this.files = this.#read(new NumberReader(lengths, bytes));
    this.#readOthers(others);
  }

  isSettled(
    place: number,
    source: PackedEntries,
    sourcePlace: number,
    destination: PackedEntries,
    destinationPlace: number,
  ): boolean {
    const racy = this.#flags[2 * place + 1] ?? 0;
    return (
      (racy & (isRacy | (isRacy << 2))) === 0 &&
      this.#standsAs(place, columns.source, source.numbers, sourcePlace * packed.stride) &&
      this.#standsAs(place, columns.destination, destination.numbers, destinationPlace * packed.stride)
    );
  }

  #standsAs(place: number, side: number, entry: Float64Array, entryAt: number): boolean {
    const base = this.#numbers;
    const at = place * columns.stride;
    const from = at + side;
    const kind = base[at + columns.kind];
    return (
      kind === entry[entryAt + packed.kind] &&
      base[from + columns.permissions] === entry[entryAt + packed.permissions] &&
      base[from + columns.number] === entry[entryAt + packed.number] &&
      // A directory's time changes with every child, which says nothing about the directory.
      (kind === 1
        ? isOld(base[from + columns.createdAt], entry[entryAt + packed.createdAt])
        : base[at + columns.size] === entry[entryAt + packed.size] &&
          base[from + columns.modifiedAt] === entry[entryAt + packed.modifiedAt] &&
          base[from + columns.changedAt] === entry[entryAt + packed.changedAt])
    );
  }

  /** @throws MalformedState */
  record(place: number, order: string): BaseRecord {
    const key = withoutSlash(order);
    const other = this.#others.get(place);
    if (other !== undefined) return other;
    const at = place * columns.stride;
    const isDirectory = this.#numbers[at + columns.kind] === 1;
    const size = this.#numbers[at + columns.size] ?? 0;
    const racy = this.#flags[2 * place + 1] ?? 0;
    const hashes = this.#hashesAt(place);
    return {
      key,
      kind: isDirectory ? 'directory' : 'file',
      size,
      ...(hashes === undefined ? {} : { hashes }),
      source: this.#side(key, isDirectory, size, at + columns.source, racy),
      destination: this.#side(key, isDirectory, size, at + columns.destination, racy >> 2),
    };
  }

  #side(key: string, isDirectory: boolean, size: number, at: number, racy: number): BaseRecord['source'] {
    const of = (column: number): number => this.#numbers[at + column] ?? 0;
    const side = baseSideOf(key, isDirectory, size, {
      permissions: of(columns.permissions),
      modifiedAt: of(columns.modifiedAt),
      changedAt: of(columns.changedAt),
      createdAt: of(columns.createdAt),
      number: of(columns.number),
      device: of(columns.device),
    });
    return (racy & (isRacy | isNotRacy)) === 0 ? side : { ...side, racy: (racy & isRacy) !== 0 };
  }

  #hashesAt(place: number): Hashes | undefined {
    const at = this.#digestAt[place] ?? -1;
    return at === -1 ? undefined : { sha256: this.#digests.toString('hex', at, at + digestBytes) };
  }

  /** Fills the columns. @returns how many records are no directories, as far as they are plain */
  #read(numbers: NumberReader): number {
    let digestAt = 0;
    let files = 0;
    let before = -1;
    for (let place = 0; place < this.count; place += 1) {
      const flags = this.#flags[2 * place] ?? 0;
      const at = place * columns.stride;
      const hasOne = (flags & hasDigest) !== 0;
      this.#digestAt[place] = hasOne ? digestAt : -1;
      if (hasOne) digestAt += digestBytes;
      if ((flags & kindBits) === notPlain) {
        this.#numbers[at + columns.kind] = -1;
        continue;
      }
      const isDirectory = (flags & kindBits) === 1;
      if (!isDirectory) files += 1;
      this.#numbers[at + columns.kind] = isDirectory ? 1 : 0;
      if (!isDirectory) this.#numbers[at + columns.size] = numbers.take();
      this.#readSide(numbers, at, columns.source, before, (flags & sameSourceDisk) !== 0, isDirectory);
      this.#readSide(numbers, at, columns.destination, before, (flags & sameDestinationDisk) !== 0, isDirectory);
      before = at;
    }
    numbers.end();
    if (digestAt !== this.#digests.byteLength) throw new MalformedState('a block lacks digests, or has too many');
    return files;
  }

  #readSide(
    numbers: NumberReader,
    at: number,
    side: number,
    before: number,
    isSame: boolean,
    isDirectory: boolean,
  ): void {
    const to = this.#numbers;
    const here = at + side;
    const earlier = before + side;
    const isFirst = before === -1;
    to[here + columns.permissions] =
      (isFirst ? -1 : (to[earlier + columns.permissions] ?? 0)) + (isSame ? 0 : numbers.take());
    to[here + columns.device] = (isFirst ? 0 : (to[earlier + columns.device] ?? 0)) + (isSame ? 0 : numbers.take());
    to[here + columns.number] = (isFirst ? 0 : (to[earlier + columns.number] ?? 0)) + numbers.take();
    if (isDirectory) {
      // Those of the file before, to which those of the next one are near.
      to[here + columns.modifiedAt] = isFirst ? 0 : (to[earlier + columns.modifiedAt] ?? 0);
      to[here + columns.changedAt] = isFirst ? 0 : (to[earlier + columns.changedAt] ?? 0);
    } else {
      const near = side === columns.source ? earlier + columns.modifiedAt : at + columns.source + columns.modifiedAt;
      const nearby = side === columns.source && isFirst ? 0 : (to[near] ?? 0);
      to[here + columns.modifiedAt] = nearby + numbers.take() / ticksPerMillisecond;
      to[here + columns.changedAt] =
        (isFirst ? 0 : (to[earlier + columns.changedAt] ?? 0)) + numbers.take() / ticksPerMillisecond;
    }
    const born = isDirectory ? earlier + columns.createdAt : here + columns.changedAt;
    to[here + columns.createdAt] =
      (isDirectory && isFirst ? 0 : (to[born] ?? 0)) + numbers.take() / ticksPerMillisecond;
  }

  #readOthers(bytes: Buffer): void {
    if (bytes.byteLength === 0) return;
    const list: unknown = JSON.parse(bytes.toString('utf8'));
    if (!Array.isArray(list)) throw new MalformedState('a block has no list of its other records');
    const encoded = new Map<unknown, unknown>();
    for (let index = 0; index < list.length; index += 2) encoded.set(list[index], list[index + 1]);
    const walk = new WalkReader(this);
    for (let place = 0; walk.next(); place += 1) {
      if (!encoded.has(place)) continue;
      this.#others.set(place, decodeRecord(encoded.get(place), sameKey(withoutSlash(walk.order))));
    }
  }
}

interface PlainForm {
  readonly source: PlainSide;
  readonly destination: PlainSide;
  readonly digest: string | undefined;
}

function plainFormOf(record: BaseRecord): PlainForm | undefined {
  const { kind, hashes, target, size } = record;
  if (kind === 'symlink' || target !== undefined || !Number.isSafeInteger(size) || size < 0) return undefined;
  if (kind === 'directory' && size !== 0) return undefined;
  const digests = hashes === undefined ? [] : Object.entries(hashes).filter(([, digest]) => digest !== undefined);
  const [first, second] = digests;
  if (hashes !== undefined && (first?.[0] !== 'sha256' || second !== undefined || !digestPattern.test(first[1])))
    return undefined;
  const source = plainSideOf(record, record.source);
  const destination = plainSideOf(record, record.destination);
  return source && destination && { source, destination, digest: first?.[1] };
}

function keepingTimes(side: PlainSide, { modifiedAt, changedAt }: PlainSide): PlainSide {
  return { ...side, modifiedAt, changedAt };
}

function isSameDisk(side: PlainSide, before: PlainSide): boolean {
  return side.permissions === before.permissions && side.device === before.device;
}

function racyBits(racy: boolean | undefined): number {
  return racy === undefined ? 0 : racy ? isRacy : isNotRacy;
}

/** A record whose key need not be said again: it stands in the walk. */
function sameKey(key: string): BaseRecord {
  return { key, kind: 'file', size: 0, source: { path: key }, destination: { path: key } };
}

function ticksOf(milliseconds: number): number {
  return milliseconds * ticksPerMillisecond;
}

/** A time of birth that is not known is 0. */
function isOld(known: number | undefined, told: number | undefined): boolean {
  return known === told || known === 0 || told === 0;
}
