import { DriveError } from './drive-error.ts';
import type { Shape } from './shapes.ts';

/** A parsed `fields` parameter: for each name all of it, or a part. */
export type FieldsMask = 'all' | ReadonlyMap<string, FieldsMask>;

/**
 * Reads a `fields` parameter and holds it against what the resource can have.
 *
 * @throws DriveError 400 `invalidParameter` for what is no selection, and for fields that do not exist
 */
export function parseFields(text: string, shape: Shape): FieldsMask {
  const reader = new FieldsReader(text);
  const mask = reader.list(shape);
  reader.requireEnd();
  return mask;
}

/** The part of a resource that a mask selects; lists are gone through item by item. */
export function applyFields(value: unknown, mask: FieldsMask): unknown {
  if (mask === 'all') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => applyFields(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  const rest = mask.get('*');
  const kept: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const part = mask.get(name) ?? rest;
    if (part !== undefined && member !== undefined) kept.push([name, applyFields(member, part)]);
  }
  return Object.fromEntries(kept);
}

class FieldsReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  list(shape: Shape): FieldsMask {
    const mask = new Map<string, FieldsMask>();
    do {
      const [name, part] = this.#item(shape);
      mask.set(name, merged(mask.get(name), part));
    } while (this.#take(','));
    return mask.get('*') === 'all' && mask.size === 1 ? 'all' : mask;
  }

  requireEnd(): void {
    this.#skipSpaces();
    if (this.#at < this.#text.length) throw this.#refusal(this.#text.slice(this.#at));
  }

  #item(shape: Shape): [string, FieldsMask] {
    const name = this.#name();
    const below = name === '*' ? anyOf(shape) : fieldBelow(shape, name);
    if (below === undefined) throw this.#refusal(name);
    if (this.#take('/')) {
      const [inner, part] = this.#item(below);
      return [name, new Map([[inner, part]])];
    }
    if (!this.#take('(')) return [name, 'all'];
    const part = this.list(below);
    if (!this.#take(')')) throw this.#refusal(this.#text);
    return [name, part];
  }

  #name(): string {
    this.#skipSpaces();
    const name = /^(?:\*|[A-Za-z][A-Za-z0-9_.-]*)/.exec(this.#text.slice(this.#at))?.[0];
    if (name === undefined) throw this.#refusal(this.#text);
    this.#at += name.length;
    return name;
  }

  #take(character: string): boolean {
    this.#skipSpaces();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1;
  }

  #refusal(what: string): DriveError {
    return new DriveError(400, 'invalidParameter', `Invalid field selection ${what}`, { location: 'fields' });
  }
}

function fieldBelow(shape: Shape, name: string): Shape | undefined {
  if (shape === 'value') return undefined;
  if (shape === 'map') return 'value';
  return Object.hasOwn(shape, name) ? shape[name] : undefined;
}

/** What may follow a `*`: everything that any field of the shape has below it. */
function anyOf(shape: Shape): Shape {
  if (typeof shape === 'string') return shape;
  const inner = Object.values(shape).filter((each) => typeof each === 'object');
  return Object.assign({}, ...inner);
}

function merged(left: FieldsMask | undefined, right: FieldsMask): FieldsMask {
  if (left === undefined) return right;
  if (left === 'all' || right === 'all') return 'all';
  const both = new Map(left);
  for (const [name, part] of right) both.set(name, merged(both.get(name), part));
  return both;
}
