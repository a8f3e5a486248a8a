import assert from 'node:assert/strict';
import type { DriveServer } from '../../src/index.ts';

export const folderType = 'application/vnd.google-apps.folder';
export const kibi = 1024;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** The body as JSON; an empty object where it is none. */
  readonly json: Record<string, unknown>;
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: Uint8Array | string;
  /** Default: `test-token`; an empty one sends no header. */
  readonly token?: string;
}

/** One plain request, without any client library. */
export async function call(
  server: DriveServer,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Reply> {
  const url = new URL(path, server.origin);
  for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.append(name, value);
  const headers = new Headers(options.headers);
  const token = options.token ?? 'test-token';
  if (token !== '') headers.set('Authorization', `Bearer ${token}`);
  if (options.json !== undefined) headers.set('Content-Type', 'application/json');
  const sent = options.json === undefined ? options.body : JSON.stringify(options.json);
  const response = await fetch(url, { method, headers, body: sent ?? null, redirect: 'manual' });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, body, json: objectIn(body) };
}

function reasonOf(reply: Reply): unknown {
  const { error } = reply.json;
  assert.ok(typeof error === 'object' && error !== null && 'errors' in error && Array.isArray(error.errors));
  return error.errors[0]?.reason;
}

export async function refused(status: number, reason: string, reply: Promise<Reply>): Promise<Reply> {
  const settled = await reply;
  assert.equal(settled.status, status, settled.body.toString());
  assert.equal(reasonOf(settled), reason);
  return settled;
}

export async function accepted(reply: Promise<Reply>): Promise<Record<string, unknown>> {
  const settled = await reply;
  assert.equal(settled.status, 200, settled.body.toString());
  return settled.json;
}

/** The names of the files that a query finds. */
export async function found(server: DriveServer, q: string, query: Record<string, string> = {}): Promise<string[]> {
  const { files } = await accepted(call(server, 'GET', '/drive/v3/files', { query: { q, ...query } }));
  assert.ok(Array.isArray(files));
  return files.map((file: { readonly name: string }) => file.name).sort();
}

export function text(value: unknown): string {
  assert.ok(typeof value === 'string', `${String(value)} should be a string`);
  return value;
}

function objectIn(body: Buffer): Record<string, unknown> {
  if (!body.toString('utf8', 0, 1).startsWith('{')) return {};
  return JSON.parse(body.toString('utf8'));
}
