import { createServer } from 'node:net';

/**
 * A TCP port of 127.0.0.1 where nobody listens. It lies below the range from which the system takes ports for outgoing
 * connections, so it stays free until the server binds it, but for others who choose in the same way.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
