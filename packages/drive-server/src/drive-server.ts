import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { accountMethods } from './account-methods.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { changeMethods } from './change-methods.ts';
import { DriveError } from './drive-error.ts';
import { type DriveState, driveState } from './drive-state.ts';
import { DriveStore } from './drive-store.ts';
import { type FaultEffect, Faults, type SeenRequest } from './faults.ts';
import { fileMethods } from './file-methods.ts';
import { listFiles } from './list-files.ts';
import type { Method } from './method.ts';
import { Parameters } from './parameters.ts';
import { Person } from './person.ts';
import { RateLimit, type RateLimitOptions } from './rate-limit.ts';
import { type ReceivedBody, receiveBody } from './request-body.ts';
import { revisionMethods } from './revision-methods.ts';
import { uploadMethods } from './upload-methods.ts';

export interface DriveServerOptions {
  /** The bearer tokens that are accepted. Default: `test-token`. */
  readonly tokens?: readonly string[];
  /** Files on a page where a request does not say, at least 1. Default: 100. */
  readonly usualPageSize?: number;
  /** The most files on a page, whatever a request says, at least 1. Default: 1,000. */
  readonly largestPageSize?: number;
  /** Default: no limit. */
  readonly rateLimit?: RateLimitOptions;
  /** Milliseconds that each answer is held back. Default: 0. */
  readonly latency?: number;
  /** Milliseconds since the epoch. Default: the clock of this machine. */
  readonly now?: () => number;
}

/** A request that was answered. */
export interface LoggedRequest extends SeenRequest {
  /** The API's name of the method: `files.list`, `upload.session`, …; `undefined` for none. */
  readonly name: string | undefined;
  readonly status: number;
}

const methods: readonly Method[] = [
  listFiles,
  ...fileMethods,
  ...revisionMethods,
  ...uploadMethods,
  ...accountMethods,
  ...changeMethods,
];

/** Starts a server on a free port of the loopback interface. */
export async function startDriveServer(options: DriveServerOptions = {}): Promise<DriveServer> {
  const server = new DriveServer(options);
  await server.listen();
  return server;
}

/** Drive's API, version 3, over HTTP, for one user and the shared drives of that user. */
export class DriveServer {
  /** What goes wrong with requests to come. */
  readonly faults: Faults = new Faults();
  /** What was asked, oldest first. */
  readonly requests: LoggedRequest[] = [];
  /** Somebody who works in the same Drive, without going through the API. */
  readonly person: Person;
  /** Accepted bearer tokens; tests take some away. */
  readonly tokens: Set<string>;
  readonly #options: DriveServerOptions;
  readonly #state: DriveState;
  readonly #rateLimit: RateLimit | undefined;
  readonly #http: Server;
  #origin = '';
  #receivedBytes = 0;

  constructor(options: DriveServerOptions) {
    const now = options.now ?? Date.now;
    this.#options = options;
    this.tokens = new Set(options.tokens ?? ['test-token']);
    const store = new DriveStore(now);
    this.#state = driveState(store, { usual: options.usualPageSize ?? 100, largest: options.largestPageSize ?? 1000 });
    this.person = new Person(this.#state);
    this.#rateLimit = options.rateLimit === undefined ? undefined : new RateLimit(options.rateLimit, now);
    this.#http = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(asError(error)));
    });
    this.#http.keepAliveTimeout = 60_000;
  }

  /** `http://127.0.0.1:<port>`; what clients take as their root URL. */
  get origin(): string {
    return this.#origin;
  }

  /** Bytes that came in bodies of uploads, with what was sent twice. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(0, '127.0.0.1', resolve);
    });
    const address = this.#http.address();
    if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
    this.#origin = `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  /** How often a method was asked since the log was last emptied. */
  count(name: string): number {
    return this.requests.filter((request) => request.name === name).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#origin);
    const seen: SeenRequest = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams };
    const effect = this.faults.take(seen);
    if (effect?.kind === 'drop-request') return void request.socket.destroy();
    await this.#wait(effect);
    const most = effect?.kind === 'cut-request' ? effect.afterBytes : undefined;
    const body = await receiveBody(request, most);
    if (seen.path.startsWith('/upload/')) this.#receivedBytes += body.bytes.byteLength;
    if (effect?.kind === 'act') await effect.act();
    const { answer, name } = this.#answer(request, seen, body, effect);
    this.requests.push({ ...seen, name, status: answer.status });
    if (!body.whole || effect?.kind === 'drop-answer') return void request.socket.destroy();
    send(response, answer, seen.method === 'HEAD', effect);
  }

  async #wait(effect: FaultEffect | undefined): Promise<void> {
    const milliseconds = (this.#options.latency ?? 0) + (effect?.kind === 'delay' ? effect.milliseconds : 0);
    if (milliseconds > 0) await delay(milliseconds);
  }

  #answer(
    request: IncomingMessage,
    seen: SeenRequest,
    body: ReceivedBody,
    effect: FaultEffect | undefined,
  ): { readonly answer: Answer; readonly name: string | undefined } {
    const method = methods.find((each) => each.verb === seen.method && each.pattern.test(seen.path));
    const name = method?.name;
    try {
      if (effect?.kind === 'error') throw errorOf(effect);
      // A session's address is itself the right to send to it.
      if (!seen.query.has('upload_id')) this.#admit(request, seen);
      if (method === undefined) throw new DriveError(404, 'notFound', 'Not Found');
      // A request that was cut off is only of use to an upload that can go on.
      if (!body.whole && name !== 'upload.session') throw new DriveError(400, 'badRequest', 'The request was cut off.');
      const answer = method.answer({
        state: this.#state,
        parameters: Parameters.check(seen.query, method.parameters),
        id: decodeURIComponent(method.pattern.exec(seen.path)?.[1] ?? ''),
        headers: headersOf(request),
        body: body.bytes,
        whole: body.whole,
        origin: this.#origin,
      });
      return { answer, name };
    } catch (error) {
      if (error instanceof DriveError) return { answer: jsonAnswer(error.status, error.body, error.headers), name };
      throw error;
    }
  }

  #admit(request: IncomingMessage, seen: SeenRequest): void {
    const user = this.#user(request, seen);
    this.#rateLimit?.require(user);
  }

  /** @throws DriveError 401 `authError` */
  #user(request: IncomingMessage, { query }: SeenRequest): string {
    const header = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const token = header ?? query.get('access_token') ?? query.get('oauth_token') ?? '';
    if (this.tokens.has(token)) return token;
    throw new DriveError(401, 'authError', 'Invalid Credentials', {
      location: 'Authorization',
      locationType: 'header',
      headers: { 'WWW-Authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
    });
  }
}

function errorOf(effect: Extract<FaultEffect, { kind: 'error' }>): DriveError {
  const headers = effect.retryAfter === undefined ? {} : { 'Retry-After': effect.retryAfter };
  return new DriveError(effect.status, effect.reason, effect.message ?? effect.reason, { headers });
}

function headersOf(request: IncomingMessage): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}

function send(response: ServerResponse, answer: Answer, isHead: boolean, effect: FaultEffect | undefined): void {
  const length = answer.status === 204 ? {} : { 'Content-Length': String(answer.body.byteLength) };
  response.writeHead(answer.status, { ...answer.headers, ...length });
  if (isHead) return void response.end();
  if (effect?.kind !== 'cut-answer') return void response.end(answer.body);
  response.write(answer.body.subarray(0, effect.afterBytes), () => response.destroy());
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
