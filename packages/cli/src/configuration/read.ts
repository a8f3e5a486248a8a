import { isSyncEngineError } from '@syncengine/core';
import type { Node } from 'jsonc-parser';
import type { Mistakes } from './mistakes.ts';

/** Takes a value out of the file; `undefined` when it is wrong, which is noted. */
export type Read<Value> = (node: Node, mistakes: Mistakes) => Value | undefined;

type Values<Fields extends Readonly<Record<string, Read<unknown>>>> = {
  readonly [Name in keyof Fields]?: NonNullable<ReturnType<Fields[Name]>>;
};

/** A text that is not empty and has a meaning. */
export function text(check: (text: string) => unknown = () => undefined): Read<string> {
  return (node, mistakes) => {
    if (typeof node.value !== 'string') return mistakes.at(node, `give a text in quotes, not ${kindOf(node)}.`);
    if (node.value === '') return mistakes.at(node, 'is empty; give a text, or leave the field out.');
    return checked(node.value, check, node, mistakes);
  };
}

/** A number, or a text that has a meaning; told as text. */
export function textOrNumber(check: (text: string) => unknown): Read<string> {
  return (node, mistakes) => {
    if (typeof node.value !== 'string' && typeof node.value !== 'number') {
      return mistakes.at(node, `give a number or a text in quotes, not ${kindOf(node)}.`);
    }
    return checked(String(node.value), check, node, mistakes);
  };
}

export function wholeNumber(minimum: number): Read<number> {
  return (node, mistakes) => {
    const value: unknown = node.value;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum) return value;
    return mistakes.at(node, `give a whole number of at least ${minimum}, not ${shown(node)}.`);
  };
}

export const yesOrNo: Read<boolean> = (node, mistakes) =>
  typeof node.value === 'boolean' ? node.value : mistakes.at(node, `give true or false, not ${shown(node)}.`);

export function list<Value>(read: Read<Value>): Read<readonly Value[]> {
  return (node, mistakes) => {
    if (node.type !== 'array') return mistakes.at(node, `give a list in [ ], not ${kindOf(node)}.`);
    return (node.children ?? []).flatMap((child) => read(child, mistakes) ?? []);
  };
}

/** Names that the user chose, each with a value. */
export function named<Value>(
  read: Read<Value>,
  checkName: (name: string) => string | undefined = () => undefined,
): Read<Readonly<Record<string, Value>>> {
  return (node, mistakes) => {
    const values: [string, Value][] = [];
    for (const { name, nameNode, valueNode } of properties(node, mistakes)) {
      const complaint = checkName(name);
      if (complaint !== undefined) mistakes.at(nameNode, complaint);
      const value = read(valueNode, mistakes);
      if (value !== undefined) values.push([name, value]);
    }
    return node.type === 'object' ? Object.fromEntries(values) : undefined;
  };
}

/** An object with the fields that are named, and no others. All may be missing but those that are required. */
export function fields<Fields extends Readonly<Record<string, Read<unknown>>>>(
  readers: Fields,
  required: readonly (keyof Fields & string)[] = [],
): Read<Values<Fields>> {
  return (node, mistakes) => {
    const values: Record<string, unknown> = {};
    const seen = new Set<string>();
    for (const { name, nameNode, valueNode } of properties(node, mistakes)) {
      seen.add(name);
      const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
      if (reader === undefined) {
        mistakes.at(nameNode, unknownField(name, Object.keys(readers)));
        continue;
      }
      const value = reader(valueNode, mistakes);
      if (value !== undefined) values[name] = value;
    }
    if (node.type !== 'object') return undefined;
    for (const name of required)
      if (!seen.has(name)) mistakes.at(node, `the field ${JSON.stringify(name)} is missing.`);
    // Each value was read by the reader of its name.
    return values as Values<Fields>;
  };
}

/** The first of two ways to write a value where the value is a text, else the second. */
export function textOr<Short, Long>(short: Read<Short>, long: Read<Long>): Read<Short | Long> {
  return (node, mistakes) => (node.type === 'string' ? short(node, mistakes) : long(node, mistakes));
}

/** `false`, or the other value; `true` says as little as nothing. */
export function offOr<Value>(read: Read<Value>): Read<boolean | Value> {
  return (node, mistakes) => (typeof node.value === 'boolean' ? node.value : read(node, mistakes));
}

function checked(value: string, check: (text: string) => unknown, node: Node, mistakes: Mistakes): string | undefined {
  try {
    check(value);
    return value;
  } catch (error) {
    if (!isSyncEngineError(error)) throw error;
    return mistakes.at(node, error.message);
  }
}

interface Property {
  readonly name: string;
  readonly nameNode: Node;
  readonly valueNode: Node;
}

function properties(node: Node, mistakes: Mistakes): readonly Property[] {
  if (node.type !== 'object') {
    mistakes.at(node, `give an object in { }, not ${kindOf(node)}.`);
    return [];
  }
  const found = new Map<string, Property>();
  for (const { children = [] } of node.children ?? []) {
    const [nameNode, valueNode] = children;
    if (nameNode === undefined || valueNode === undefined) continue;
    const name = String(nameNode.value);
    if (found.has(name)) mistakes.at(nameNode, 'stands there twice; keep one of the two.');
    else found.set(name, { name, nameNode, valueNode });
  }
  return [...found.values()];
}

/** What other tools and the flags call the same. */
const otherNames: Readonly<Record<string, string>> = {
  compare: 'comparison',
  rename: 'renames',
  maxdelete: 'maximumDeletions',
  maximumdelete: 'maximumDeletions',
  bwlimit: 'limits.bandwidth',
  bandwidth: 'limits.bandwidth',
  transfers: 'limits.transfers',
  operations: 'limits.operations',
  ignorefile: 'ignoreFileName',
  destinations: 'destination',
};

function unknownField(name: string, known: readonly string[]): string {
  const plain = name.replace(/[-_]/g, '').toLowerCase();
  const alike = known.find((candidate) => candidate.toLowerCase() === plain) ?? otherNames[plain];
  const advice = alike === undefined ? `there are ${known.join(', ')}` : `did you mean ${alike}?`;
  return `there is no such field; ${advice}${alike === undefined ? '.' : ''}`;
}

function shown(node: Node): string {
  return node.type === 'object' || node.type === 'array' ? kindOf(node) : JSON.stringify(node.value);
}

function kindOf({ type }: Node): string {
  switch (type) {
    case 'object':
      return 'an object';
    case 'array':
      return 'a list';
    case 'null':
      return 'null';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a text';
    case 'property':
      return 'a field';
  }
}
