// A real process that the test of resumed writes kills: one run of the built engine, whose source stops giving bytes.
// usage: node resume-child.mjs SOURCE DESTINATION STATE BYTES: after BYTES of content the source says so and gives no more.
import process from 'node:process';
import { decorate, FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';

const [source, destination, state, bytes] = process.argv.slice(2);
let read = 0;

async function* slowly(chunks) {
  for await (const chunk of chunks) {
    if (read >= Number(bytes)) {
      process.stdout.write('stuck\n');
      await new Promise(() => setInterval(() => undefined, 1_000));
    }
    read += chunk.byteLength;
    // A slow line: how far a transfer came is noted now and then.
    await new Promise((resolve) => setTimeout(resolve, 40));
    yield chunk;
  }
}

const engine = new SyncEngine({
  source: decorate(new LocalStorageClient(source), {
    read:
      (inner) =>
      (...parameters) =>
        slowly(inner(...parameters)),
  }),
  destination: new LocalStorageClient(destination),
  state: new SyncStateManager({ store: new FileStateStore(state) }),
});
const { status } = await engine.sync();
process.stdout.write(`${status} ${read}\n`);
