// Synchronisation as a part of a server of one's own: a run is started, looked at and cancelled over HTTP, and the server ends
// only when the run has ended in order. Run it with `pnpm --dir examples/embedded-server start`.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileStateStore, LocalStorageClient, SyncControl, SyncEngine, SyncStateManager } from '@syncengine/core';

/** POST /runs starts a run, GET /runs tells how it stands, DELETE /runs cancels it. */
class SyncService {
  #options;
  #control;
  #running;
  #state = { status: 'idle' };
  #snapshot;

  constructor(options) {
    this.#options = options;
  }

  start(limits) {
    // One at a time; a second process would be stopped by the lock of the pair.
    if (this.#running !== undefined) return false;
    this.#control = new SyncControl();
    this.#state = { status: 'running' };
    this.#running = this.#run(limits).finally(() => {
      this.#running = undefined;
    });
    return true;
  }

  cancel() {
    this.#control?.cancel();
  }

  get state() {
    if (this.#running === undefined) return this.#state;
    const { phase, to } = this.#snapshot?.() ?? { phase: 'starting' };
    return { status: 'running', phase, bytes: to?.destination.bytes };
  }

  async close() {
    this.cancel();
    await this.#running;
  }

  async #run(limits) {
    const onProgress = (_event, snapshot) => {
      this.#snapshot = snapshot;
    };
    try {
      const engine = new SyncEngine({ ...this.#options, limits });
      const { status, counts } = await engine.sync({ control: this.#control, onProgress });
      this.#state = { status, counts };
    } catch (error) {
      // A run that could not be finished is something to tell whoever asks, not the end of the server.
      this.#state = { status: 'failed', code: error.code, message: error.message };
    }
  }
}

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const [inbox, store] = [join(root, 'inbox'), join(root, 'store')];
await mkdir(inbox);
for (let file = 0; file < 100; file += 1) await writeFile(join(inbox, `${file}.bin`), Buffer.alloc(50_000, file));

const service = new SyncService({
  source: new LocalStorageClient(inbox),
  destination: new LocalStorageClient(store),
  state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
});
const server = createServer((request, response) => {
  const answer = { POST: () => service.start(limitsOf(request)), DELETE: () => service.cancel(), GET: () => undefined };
  const accepted = answer[request.method]?.() ?? true;
  response.writeHead(accepted ? 200 : 409, { 'content-type': 'application/json' });
  response.end(JSON.stringify(service.state));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${server.address().port}/runs`;

try {
  console.log('started:', await ask('POST', '?bytesPerSecond=200000'));
  assert.equal((await fetch(address, { method: 'POST' })).status, 409);
  console.log('under way:', await until(({ bytes }) => bytes?.done > 200_000));
  await ask('DELETE');
  const cancelled = await until(({ status }) => status !== 'running');
  console.log('cancelled:', cancelled.status, cancelled.counts.created, 'files are there');
  assert.equal(cancelled.status, 'cancelled');

  await ask('POST');
  const finished = await until(({ status }) => status !== 'running');
  console.log('finished:', finished.status, finished.counts.created, 'files were left');
  assert.equal(finished.status, 'clean');
  // What the first run had brought was not brought again.
  assert.equal(cancelled.counts.created + finished.counts.created, 100);
  for (let file = 0; file < 100; file += 1) assert.equal((await readFile(join(store, `${file}.bin`)))[0], file);
} finally {
  await service.close();
  server.close();
  server.closeAllConnections();
  await rm(root, { recursive: true });
}

function limitsOf({ url }) {
  const value = new URL(url, 'http://server').searchParams.get('bytesPerSecond');
  return value === null ? {} : { bytesPerSecond: Number(value) };
}

async function ask(method, query = '') {
  return await (await fetch(`${address}${query}`, { method })).json();
}

async function until(isSo) {
  for (;;) {
    const state = await ask('GET');
    if (isSo(state)) return state;
    await sleep(20);
  }
}
