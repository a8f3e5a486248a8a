import type { StorageCapabilities, StorageClient } from '../storage/index.ts';

/** The client with every method there, to speak about their types. */
type Whole = Required<StorageClient>;

type MethodName = Exclude<keyof StorageClient, 'id' | 'capabilities'>;

/** What a decorator puts around the methods of a client; a method that is not named is passed on as it is. */
export type Layer = {
  readonly [Name in MethodName]?: (inner: Whole[Name]) => Whole[Name];
} & {
  readonly id?: string;
  readonly capabilities?: StorageCapabilities;
  /**
   * Where a path lies in the client inside, with the same content and the same version. To be told by a layer around `read`
   * that changes neither, and by one that has other paths; without it a shortcut to another client cannot see through.
   * Default: the same path, where `read` is not named.
   */
  readonly place?: (path: string) => string;
  /** Methods that the client may have and this one has not. Default: none. */
  readonly without?: 'changes';
};

/** For each decorated client through which one can see: what is inside. */
const inside = new WeakMap<
  StorageClient,
  { readonly client: StorageClient; readonly place: (path: string) => string }
>();

export const samePath = (path: string): string => path;

/**
 * The same client with a layer around it. A method that may be missing is there exactly when the client has it; only
 * `copyFrom` and `copyAllFrom` are also missing where a layer is around `write` and none around them: they would write behind
 * that layer's back, and so are `listPacked` where one is around `list`, and `readAll` where one is around `read`.
 */
export function decorate(client: StorageClient, layer: Layer): StorageClient {
  const copies = layer.write === undefined || layer.copyFrom !== undefined;
  const copiesAll = layer.write === undefined || layer.copyAllFrom !== undefined;
  const passesOn = layer.list === undefined || layer.listPacked !== undefined;
  const readsAll = layer.read === undefined || layer.readAll !== undefined;
  const decorated: StorageClient = {
    id: layer.id ?? client.id,
    capabilities: layer.capabilities ?? client.capabilities,
    list: around(client.list.bind(client), layer.list),
    stat: around(client.stat.bind(client), layer.stat),
    read: around(client.read.bind(client), layer.read),
    ...(readsAll && client.readAll && { readAll: around(client.readAll.bind(client), layer.readAll) }),
    write: around(client.write.bind(client), layer.write),
    remove: around(client.remove.bind(client), layer.remove),
    makeDirectory: around(client.makeDirectory.bind(client), layer.makeDirectory),
    ...(client.listRecursive && { listRecursive: around(client.listRecursive.bind(client), layer.listRecursive) }),
    ...(client.changes &&
      layer.without !== 'changes' && { changes: around(client.changes.bind(client), layer.changes) }),
    ...(passesOn && client.listPacked && { listPacked: around(client.listPacked.bind(client), layer.listPacked) }),
    ...(client.move && { move: around(client.move.bind(client), layer.move) }),
    ...(client.copy && { copy: around(client.copy.bind(client), layer.copy) }),
    ...(copies && client.copyFrom && { copyFrom: around(seeingThrough(client.copyFrom.bind(client)), layer.copyFrom) }),
    ...(copiesAll &&
      client.copyAllFrom && {
        copyAllFrom: around(seeingThroughAll(client.copyAllFrom.bind(client)), layer.copyAllFrom),
      }),
    ...(client.hash && { hash: around(client.hash.bind(client), layer.hash) }),
    ...(client.makeSymlink && { makeSymlink: around(client.makeSymlink.bind(client), layer.makeSymlink) }),
    ...(client.setMetadata && { setMetadata: around(client.setMetadata.bind(client), layer.setMetadata) }),
    ...(client.flush && { flush: around(client.flush.bind(client), layer.flush) }),
    ...(client.recover && { recover: around(client.recover.bind(client), layer.recover) }),
    ...(client.abandon && { abandon: around(client.abandon.bind(client), layer.abandon) }),
    ...(client.versions && { versions: around(client.versions.bind(client), layer.versions) }),
    ...(client.readVersion && { readVersion: around(client.readVersion.bind(client), layer.readVersion) }),
    ...(client.restoreVersion && { restoreVersion: around(client.restoreVersion.bind(client), layer.restoreVersion) }),
    ...(client.usage && { usage: around(client.usage.bind(client), layer.usage) }),
    ...(client.close && { close: around(client.close.bind(client), layer.close) }),
  };
  const place = layer.place ?? (layer.read === undefined ? samePath : undefined);
  if (place !== undefined) inside.set(decorated, { client, place });
  return decorated;
}

/** A shortcut between two clients is between what is inside them: no decorator has anything to do in between. */
function seeingThrough(copyFrom: Whole['copyFrom']): Whole['copyFrom'] {
  return (other, from, to, options) => {
    const { client, place } = innermost(other);
    return copyFrom(client, place(from), to, options);
  };
}

function seeingThroughAll(copyAllFrom: Whole['copyAllFrom']): Whole['copyAllFrom'] {
  return (other, copies, options) => {
    const { client, place } = innermost(other);
    const inner = place === samePath ? copies : copies.map((copy) => ({ ...copy, from: place(copy.from) }));
    return copyAllFrom(client, inner, options);
  };
}

function innermost(outer: StorageClient): { readonly client: StorageClient; readonly place: (path: string) => string } {
  const next = inside.get(outer);
  if (next === undefined) return { client: outer, place: samePath };
  const { client, place } = innermost(next.client);
  if (next.place === samePath) return { client, place };
  return { client, place: place === samePath ? next.place : (path) => place(next.place(path)) };
}

/** Anything that is done around a call whose outcome is one promise. */
export type AroundCall = <Parameters extends readonly unknown[], Result>(
  inner: (...parameters: Parameters) => Promise<Result>,
) => (...parameters: Parameters) => Promise<Result>;

/** The signal among the parameters of a call: that of its options, which come last. */
export function signalOf(parameters: readonly unknown[]): AbortSignal | undefined {
  const options = parameters.at(-1);
  const isObject = typeof options === 'object' && options !== null;
  return isObject && 'signal' in options && options.signal instanceof AbortSignal ? options.signal : undefined;
}

function around<Method>(inner: Method, layer: ((inner: Method) => Method) | undefined): Method {
  return layer === undefined ? inner : layer(inner);
}
