import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { LocalStorageClient, MemoryStateStore, SyncEngine, SyncEngineError, SyncStateManager } from '@syncengine/core';
import { type Faults, type FtpServer, startFtpFaultProxy } from '@syncengine/test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FtpStorageClient } from '../src/index.ts';
import { newFolder, optionsFor, own, servers, withServer } from './support/servers.ts';
import { codeOf, textAt } from './support/words.ts';

/** Runs that are played while the network fails, for each kind of fault. */
const rounds = Number(process.env['FTP_ROUNDS'] ?? 2);

/** While the network fails, a silent server is given up soon: what is wrongly given up is a problem of that run, and no more. */
const impatience = 400;

type Draw = () => number;

/** What may happen to each connection, control and data alike. */
const kinds: Readonly<Record<string, (draw: Draw) => Faults>> = {
  latency: (draw) => ({ latencyMs: Math.floor(draw() * 20) }),
  'cuts at random bytes': (draw) =>
    draw() < 0.5 ? {} : { cutAfter: anyDirection(draw), cutBy: draw() < 0.7 ? 'reset' : 'end' },
  stalls: (draw) => (draw() < 0.85 ? {} : { stallAfter: anyDirection(draw) }),
  'refused connections': (draw) => ({ refuse: draw() < 0.3 }),
};

for (const { name, start } of servers) {
  withServer(name, `FTP on ${name} over a bad line`, () => {
    let server: FtpServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.stop());

    test('a file that stops coming after the server said that all was sent is given up', async () => {
      const folder = newFolder(server);
      const proxy = await startFtpFaultProxy({ target: server.port });
      const client = await FtpStorageClient.open(optionsFor(server, folder, { port: proxy.port, timeoutMs: 4_000 }));
      try {
        writeFileSync(`${server.files}/${folder}/file`, 'x'.repeat(20_000));
        proxy.faults = (channel) => (channel === 'data' ? { stallAfter: { toClient: 100 } } : {});
        expect(await codeOf(textAt(client, 'file'))).toBe('timeout');
      } finally {
        await client.close();
        await proxy.stop();
      }
    });

    for (const [kind, faultsOf] of Object.entries(kinds)) {
      test(`${kind}: nothing is lost, and all is clean once they are gone`, async () => {
        const seed = Number(process.env['FTP_SEED'] ?? 20_261_122);
        await play(server, dice(seed), faultsOf).catch((error: unknown) => {
          throw new Error(`With FTP_SEED=${seed}: ${String(error)}`, { cause: error });
        });
      }, 240_000);
    }
  });
}

async function play(server: FtpServer, draw: Draw, faultsOf: (draw: Draw) => Faults): Promise<void> {
  const folder = newFolder(server);
  const remote = `${server.files}/${folder}`;
  const local = mkdtempSync(join(tmpdir(), 'syncengine-ftp-faults-'));
  const proxy = await startFtpFaultProxy({ target: server.port });
  const state = new SyncStateManager({ store: new MemoryStateStore() });
  const everWritten = new Set<string>();
  const write = (root: string, path: string): void => {
    const text = `${path} ${draw()} `.repeat(1 + Math.floor(draw() * 4_000));
    everWritten.add(text);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    const time = 1_600_000_000 + Math.floor(draw() * 1_000_000);
    utimesSync(join(root, path), time, time);
    if (root === remote) for (let at = join(root, path); at !== root; at = dirname(at)) own(server, at);
  };
  const run = async (timeoutMs: number): Promise<string> => {
    const client = await FtpStorageClient.open(
      optionsFor(server, folder, { port: proxy.port, connections: 3, timeoutMs }),
    );
    try {
      const engine = new SyncEngine({
        source: new LocalStorageClient(local),
        // The address of the proxy is no part of what the pair is.
        destination: client,
        state,
        retry: { attempts: 2, baseDelayMs: 1 },
      });
      return (await engine.sync()).status;
    } finally {
      await client.close();
    }
  };
  const patience = 30_000;
  try {
    for (let index = 0; index < 6; index += 1) write(local, `from-here/${index % 2}/${index}`);
    for (let index = 0; index < 6; index += 1) write(remote, `from-there/${index % 2}/${index}`);
    expect(await run(patience)).toBe('clean');
    proxy.faults = () => faultsOf(draw);
    for (let round = 0; round < rounds; round += 1) {
      for (let index = 0; index < 3; index += 1) {
        write(local, `from-here/${Math.floor(draw() * 2)}/${Math.floor(draw() * 6)}`);
        write(remote, `from-there/${Math.floor(draw() * 2)}/${Math.floor(draw() * 6)}`);
      }
      write(local, `new-${round}`);
      // What cannot be reached stops a run with an error of ours, and nothing else.
      await run(impatience).catch((error: unknown) => expect(error).toBeInstanceOf(SyncEngineError));
    }
    proxy.faults = () => ({});
    proxy.cutAll();
    let status = await run(patience);
    for (let attempt = 0; attempt < 2 && status !== 'clean'; attempt += 1) status = await run(patience);
    expect(status).toBe('clean');
    const here = treeOf(local);
    expect(treeOf(remote)).toEqual(here);
    expect([...here.values()].every((text) => everWritten.has(text))).toBe(true);
    // Nobody deleted anything, so every path that ever was is there.
    expect(here.size).toBeGreaterThanOrEqual(12 + rounds);
  } finally {
    await proxy.stop();
    rmSync(local, { recursive: true, force: true });
  }
}

function anyDirection(draw: Draw): Partial<Record<'toServer' | 'toClient', number>> {
  const bytes = Math.floor(10 ** (1 + draw() * 4));
  return draw() < 0.5 ? { toServer: bytes } : { toClient: bytes };
}

/** Every file with its content, but for what belongs to the engine. */
function treeOf(root: string, directory = ''): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(join(root, directory)).sort()) {
    const path = directory === '' ? name : `${directory}/${name}`;
    if (name === '.syncengine') continue;
    if (!statSync(join(root, path)).isDirectory()) files.set(path, readFileSync(join(root, path), 'utf8'));
    else for (const [below, text] of treeOf(root, path)) files.set(below, text);
  }
  return files;
}

function dice(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
