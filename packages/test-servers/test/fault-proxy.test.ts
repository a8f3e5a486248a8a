import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FaultProxy, type Faults, startFaultProxy } from '../src/index.ts';

/** Says back what it hears. */
let echo: Server;
let proxy: FaultProxy | undefined;

beforeEach(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
});

afterEach(async () => {
  await proxy?.stop();
  echo.close();
});

async function through(faults: Faults): Promise<Socket> {
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new TypeError('The server does not listen.');
  proxy = await startFaultProxy({ target: address.port, faults: () => faults });
  return connect({ port: proxy.port, host: '127.0.0.1' });
}

/** All that comes until the connection ends, and how it ends. */
async function received(socket: Socket): Promise<{ bytes: number; error: string | undefined }> {
  let bytes = 0;
  let error: string | undefined;
  socket.on('data', (chunk) => {
    bytes += chunk.byteLength;
  });
  socket.on('error', (cause: NodeJS.ErrnoException) => {
    error = cause.code;
  });
  await once(socket, 'close').catch(() => undefined);
  return { bytes, error };
}

describe('The fault proxy', () => {
  test('passes on everything when it is told nothing', async () => {
    const socket = await through({});
    socket.end(Buffer.alloc(1_000_000));
    expect(await received(socket)).toEqual({ bytes: 1_000_000, error: undefined });
    expect(proxy?.passed).toEqual({ toServer: 1_000_000, toClient: 1_000_000 });
    expect(proxy?.connections).toBe(1);
  });

  test('refuses', async () => {
    const socket = await through({ refuse: true });
    socket.write('anybody there?');
    expect(await received(socket)).toEqual({ bytes: 0, error: 'ECONNRESET' });
  });

  test('cuts on the way to the server after exactly so many bytes', async () => {
    const socket = await through({ cutAfter: { toServer: 70_000 } });
    socket.write(Buffer.alloc(500_000));
    const { error } = await received(socket);
    expect(error).toMatch(/ECONNRESET|EPIPE/);
    expect(proxy?.passed.toServer).toBe(70_000);
  });

  test('cuts on the way to the client so that it looks like the end', async () => {
    const socket = await through({ cutAfter: { toClient: 70_000 }, cutBy: 'end' });
    socket.write(Buffer.alloc(500_000));
    expect(await received(socket)).toMatchObject({ bytes: 70_000 });
  });

  test('stalls after exactly so many bytes, and cuts all when told', async () => {
    const socket = await through({ stallAfter: { toClient: 10 } });
    socket.write(Buffer.alloc(500_000));
    const end = received(socket);
    await vi.waitUntil(() => proxy?.passed.toClient === 10);
    proxy?.cutAll();
    expect(await end).toEqual({ bytes: 10, error: 'ECONNRESET' });
  });

  test('takes its time', async () => {
    const socket = await through({ latencyMs: 50, bytesPerSecond: 100_000 });
    const begin = performance.now();
    socket.end(Buffer.alloc(10_000));
    expect(await received(socket)).toMatchObject({ bytes: 10_000 });
    // There and back, each with its latency and at its rate; timers may fire a little early.
    expect(performance.now() - begin).toBeGreaterThan(250);
  });
});
