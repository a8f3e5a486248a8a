import { SyncEngineError, systemClock } from '@syncengine/core';
import type { FtpServer } from '@syncengine/test-servers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Connection } from '../src/connection.ts';
import { settingsOf } from '../src/options.ts';
import { ConnectionPool } from '../src/pool.ts';
import { newFolder, optionsFor, servers, withServer } from './support/servers.ts';

/** A gate that stays shut until it is opened or barred. */
interface Gate {
  readonly passed: Promise<void>;
  readonly open: () => void;
  readonly bar: (reason: Error) => void;
}

function gate(): Gate {
  let open: Gate['open'] = () => undefined;
  let bar: Gate['bar'] = () => undefined;
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve;
    bar = reject;
  });
  return { passed, open, bar };
}

for (const { name, start } of servers) {
  withServer(name, `connections to ${name}`, () => {
    let server: FtpServer;
    let gates: Gate[];
    let opened: Connection[];
    let pool: ConnectionPool;

    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.stop());

    const loginsBegun = (count: number): Promise<void> => vi.waitFor(() => expect(gates).toHaveLength(count));

    const withOneOf = (limit: number, title: string, body: (first: Connection) => Promise<void>): void => {
      test(title, async () => {
        const settings = settingsOf(optionsFor(server, newFolder(server)));
        gates = [];
        opened = [];
        const connect = async (signal?: AbortSignal): Promise<Connection> => {
          const connection = await Connection.open(settings, 'test', signal);
          opened.push(connection);
          return connection;
        };
        const openNext = async (signal?: AbortSignal): Promise<Connection> => {
          const next = gate();
          gates.push(next);
          await next.passed;
          return connect(signal);
        };
        pool = new ConnectionPool({ open: openNext, limit, waitMs: 60_000, clock: systemClock });
        const first = await connect();
        pool.adopt(first);
        try {
          await body(first);
        } finally {
          pool.close();
          for (const connection of opened) connection.close();
        }
      });
    };

    withOneOf(2, 'one that comes free serves whoever waits for a login', async (first) => {
      expect(await pool.take(undefined)).toBe(first);
      const second = pool.take(undefined);
      await loginsBegun(1);
      pool.giveBack(first);
      expect(await second).toBe(first);
      // What was begun is there for the next one.
      const third = pool.take(undefined);
      gates[0]?.open();
      const other = await third;
      expect(other).not.toBe(first);
      expect((await other.command('NOOP')).code).toBeLessThan(300);
      pool.giveBack(other);
    });

    withOneOf(1, 'one that comes back, or a close, while somebody begins to wait is not missed', async (first) => {
      expect(await pool.take(undefined)).toBe(first);
      const second = pool.take(undefined);
      pool.giveBack(first);
      expect(await second).toBe(first);
      const third = pool.take(undefined);
      pool.close();
      await expect(third).rejects.toThrow('The client was closed');
    });

    withOneOf(3, 'a login that fails is told to one, and the others try again', async (first) => {
      expect(await pool.take(undefined)).toBe(first);
      const second = pool.take(undefined);
      const third = pool.take(undefined);
      const told = expect(second).rejects.toThrow('refused');
      await loginsBegun(2);
      gates[0]?.bar(new SyncEngineError('connection', 'refused', { retry: 'yes' }));
      await told;
      gates[1]?.open();
      expect(await third).not.toBe(first);
    });

    withOneOf(
      3,
      'a server that takes no more connections makes everybody wait for the one that there is',
      async (first) => {
        expect(await pool.take(undefined)).toBe(first);
        const second = pool.take(undefined);
        const third = pool.take(undefined);
        await loginsBegun(2);
        for (const each of gates) each.bar(new SyncEngineError('throttled', 'full', { retry: 'yes' }));
        pool.giveBack(first);
        expect(await second).toBe(first);
        pool.giveBack(first);
        expect(await third).toBe(first);
        expect(pool.limit).toBe(1);
      },
    );

    withOneOf(2, 'closing ends the wait for a login, and nobody gets what comes of it', async (first) => {
      expect(await pool.take(undefined)).toBe(first);
      const second = expect(pool.take(undefined)).rejects.toThrow('The client was closed');
      await loginsBegun(1);
      pool.close();
      await second;
      gates[0]?.open();
      await expect(pool.take(undefined)).rejects.toThrow('The client was closed');
    });

    withOneOf(2, 'whoever gives up waiting leaves the login to others', async (first) => {
      expect(await pool.take(undefined)).toBe(first);
      const control = new AbortController();
      const second = pool.take(control.signal);
      const third = pool.take(undefined);
      const told = expect(second).rejects.toThrow('enough');
      await loginsBegun(1);
      control.abort(new Error('enough'));
      await told;
      gates[0]?.open();
      expect(await third).not.toBe(first);
    });
  });
}
