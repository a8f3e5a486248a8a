import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Sending } from './sending.ts';

type Headers = Readonly<Record<string, string>>;

/** An answer whose content is still to come. */
export interface DirectAnswer {
  /** Names in lower case. */
  readonly headers: Headers;
  readonly body: IncomingMessage;
}

/** How the SDK reaches the objects of a bucket. */
interface Route {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  /** What stands before the key, with the slash. */
  readonly before: string;
  /** Those that every request has. */
  readonly headers: Headers;
  readonly region: string;
}

/** Bytes of an error's body that are looked at. */
const longestError = 64 * 1024;

/**
 * Requests for single objects that go past the layers of the SDK, which cost several times what the request itself does: with
 * the SDK's own credentials, signer and connections, to the place that it chose for a request of its own.
 */
export class DirectRequests {
  readonly #client: S3Client;
  readonly #signer: ReturnType<S3Client['config']['signer']>;
  readonly #route: Route;

  private constructor(client: S3Client, route: Route) {
    this.#client = client;
    this.#route = route;
    const scheme = { name: 'sigv4', signingName: 's3', signingRegion: route.region, properties: {} };
    this.#signer = client.config.signer(scheme);
  }

  /**
   * Learns the way from the first request about the bucket as a whole.
   *
   * @returns tells them from then on; `undefined` before, and where the service is reached or asked in another way
   */
  static of(client: S3Client): () => DirectRequests | undefined {
    let direct: DirectRequests | undefined;
    const name = 'syncengineLearnsTheWay';
    client.middlewareStack.add(
      (next) => async (parameters) => {
        const route = routeOf(parameters.input, parameters.request);
        if (route !== 'unknown') {
          client.middlewareStack.remove(name);
          if (route !== 'another') direct = new DirectRequests(client, route);
        }
        return await next(parameters);
      },
      { step: 'deserialize', priority: 'low', name },
    );
    return () => direct;
  }

  /** @returns the headers of the answer */
  async put(key: string, body: Buffer, headers: Headers, sending: Sending): Promise<Headers> {
    const answer = await this.#send(
      'PUT',
      key,
      { ...headers, 'content-length': String(body.byteLength) },
      body,
      sending,
    );
    // Read to its end, so that the connection serves the next request.
    for await (const _ of answer.body);
    return answer.headers;
  }

  async get(key: string, headers: Headers, sending: Sending): Promise<DirectAnswer> {
    return await this.#send('GET', key, headers, undefined, sending);
  }

  /** @throws DirectFailure for whatever the service refuses */
  async #send(
    method: string,
    key: string,
    headers: Headers,
    body: Buffer | undefined,
    sending: Sending,
  ): Promise<DirectAnswer> {
    const { protocol, hostname, port, before, headers: always, region } = this.#route;
    const { config } = this.#client;
    const request = {
      method,
      protocol,
      hostname,
      ...(port === undefined ? {} : { port }),
      path: before + key.split('/').map(escaped).join('/'),
      query: {},
      headers: { ...always, ...headers, 'x-amz-content-sha256': hash('sha256', body ?? '', 'hex') },
      ...(body === undefined ? {} : { body }),
    };
    const signer = await this.#signer;
    const signingDate = new Date(Date.now() + config.systemClockOffset);
    const signed = await signer.sign(request, { signingDate, signingRegion: region, signingService: 's3' });
    const { response } = await config.requestHandler.handle(signed, sending);
    const answer: DirectAnswer & { readonly statusCode: number } = response;
    if (answer.statusCode === 200 || answer.statusCode === 206) return answer;
    throw new DirectFailure(answer.statusCode, answer.headers, await textOf(answer.body));
  }
}

/** What a service refused, in the shape in which the SDK throws it. */
class DirectFailure extends Error {
  readonly Code: string | undefined;
  readonly Region: string | undefined;
  readonly $metadata: { readonly httpStatusCode: number };
  readonly $response: { readonly headers: Headers };

  constructor(status: number, headers: Headers, body: string) {
    super(elementOf(body, 'Message') ?? `The service answered with ${status}.`);
    this.Code = elementOf(body, 'Code');
    this.name = this.Code ?? 'Unknown';
    this.Region = elementOf(body, 'Region');
    this.$metadata = { httpStatusCode: status };
    this.$response = { headers };
  }
}

function elementOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

async function textOf(body: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    const bytes: Buffer = chunk;
    length += bytes.byteLength;
    if (length <= longestError) chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `unknown`: a request that does not tell. `another`: one that is signed or sent in a way of its own. */
function routeOf(input: object, request: unknown): Route | 'unknown' | 'another' {
  if ('Key' in input || typeof request !== 'object' || request === null) return 'unknown';
  const { protocol, hostname, port, path, headers }: Readonly<Record<string, unknown>> = { ...request };
  if (typeof protocol !== 'string' || typeof hostname !== 'string' || typeof path !== 'string') return 'another';
  const told = new Map(
    Object.entries({ ...Object(headers) }).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const region = /^AWS4-HMAC-SHA256 Credential=[^,]*\/\d{8}\/([^/,]+)\/s3\/aws4_request,/.exec(
    told.get('authorization') ?? '',
  )?.[1];
  const host = told.get('host');
  if (region === undefined || host === undefined) return 'another';
  const always = ['host', 'user-agent', 'x-amz-user-agent'].map((name) => [name, told.get(name)] as const);
  return {
    protocol,
    hostname,
    port: typeof port === 'number' ? port : undefined,
    before: path.endsWith('/') ? path : `${path}/`,
    headers: Object.fromEntries(always.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    region,
  };
}

/** As S3 wants keys to be escaped, and to be signed. */
function escaped(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
