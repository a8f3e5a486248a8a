import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { service } from './service.ts';

/** What the proxy answers by itself, in place of the service. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request as it comes by. */
export interface Seen {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  /** What S3 calls such a request: `GET object`, `GET ?list-type`, `PUT ?partNumber`, … */
  readonly kind: string;
  readonly headers: IncomingMessage['headers'];
}

/**
 * An HTTP proxy in front of the service: it passes requests on, the host that they were signed for included, answers some by
 * itself, and counts all of them.
 */
export class AnsweringProxy {
  /** Asked for every request; `undefined` lets it pass. */
  answer: (seen: Seen) => Answer | undefined = () => undefined;
  /** Called when the service has answered, before its answer is passed on; `lost` loses it on the way. */
  onAnswered: (seen: Seen) => Promise<'lost' | undefined> = async () => undefined;
  readonly seen: Seen[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((incoming, outgoing) => this.#handle(incoming, outgoing));
    // A connection that is kept must not be closed just when the next request is on its way.
    this.#server.keepAliveTimeout = 0;
  }

  static async start(): Promise<AnsweringProxy> {
    const proxy = new AnsweringProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new TypeError('The proxy does not listen.');
    return `http://127.0.0.1:${address.port}`;
  }

  /** How many requests of each kind came by. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.seen) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const seen = describe(incoming);
    this.seen.push(seen);
    const own = this.answer(seen);
    if (own !== undefined) {
      incoming.resume();
      // Some clients do not read an answer before they have sent everything.
      incoming.once('end', () => outgoing.writeHead(own.status, { connection: 'close', ...own.headers }).end(own.body));
      return;
    }
    const { port } = service();
    const { method, url, headers } = incoming;
    const onward = request({ port, host: '127.0.0.1', method, path: url, headers }, (answer) => {
      void this.onAnswered(seen).then((fate) => {
        if (fate === 'lost') {
          outgoing.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
    });
    onward.on('error', () => outgoing.destroy());
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  }
}

/** An error as S3 words it. */
export function s3Error(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>words</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

function describe({ method = '', url = '', headers }: IncomingMessage): Seen {
  const { pathname, searchParams } = new URL(url, 'http://host');
  const word = ['list-type', 'partNumber', 'uploadId', 'uploads', 'versioning', 'delete'].find((name) =>
    searchParams.has(name),
  );
  const what = word === undefined ? (pathname.split('/').length > 2 ? 'object' : 'bucket') : `?${word}`;
  const copied = headers['x-amz-copy-source'] === undefined ? '' : ' copy';
  return { method, url, kind: `${method} ${what}${copied}`, headers };
}
