// A real process that kills itself right before its n-th effect on the destination.
// usage: node restore-child.mjs SOURCE DESTINATION STATE EFFECT AT: restores the destination as it was at AT (milliseconds), or,
// where AT is "prune", makes a run that prunes its versions to one of each file.
import process from 'node:process';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager, VersionStore } from '@syncengine/core';

const [source, destination, state, effect, at] = process.argv.slice(2);
const effects = new Set(['write', 'remove', 'makeDirectory', 'move', 'copy', 'copyFrom', 'makeSymlink', 'setMetadata']);
let left = Number(effect);
const client = new Proxy(new LocalStorageClient(destination), {
  get: (target, name) => {
    const value = Reflect.get(target, name, target);
    if (typeof value !== 'function') return value;
    return (...parameters) => {
      if (effects.has(name)) {
        if (left === 0) process.kill(process.pid, 'SIGKILL');
        left -= 1;
      }
      return Reflect.apply(value, target, parameters);
    };
  },
});
if (at === 'prune') {
  const engine = new SyncEngine({
    source: new LocalStorageClient(source),
    destination: client,
    mode: 'source-to-destination',
    versions: { destination: { count: 1 } },
    state: new SyncStateManager({ store: new FileStateStore(state) }),
  });
  await engine.sync();
} else {
  await new VersionStore(client).restore({ at: Number(at), exact: true });
}
process.stdout.write('done\n');
