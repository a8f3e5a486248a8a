import { applyFields, parseFields } from './fields-mask.ts';
import type { Parameters } from './parameters.ts';
import type { Shape } from './shapes.ts';

/** What is sent back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A resource as JSON, cut to what the `fields` parameter asks for, or to what Drive sends without one. */
export function resourceAnswer(resource: unknown, parameters: Parameters, shape: Shape, usual: string): Answer {
  const mask = parseFields(parameters.text('fields') ?? usual, shape);
  return jsonAnswer(200, applyFields(resource, mask));
}

export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`);
  return { status, headers: { 'Content-Type': 'application/json; charset=UTF-8', ...headers }, body };
}

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: Buffer.alloc(0) };
}
