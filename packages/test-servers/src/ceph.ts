import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { freePort } from './free-port.ts';
import { programPath } from './missing.ts';
import type { RunningServer } from './running-server.ts';
import { run, ServerFolder, untilReady } from './server-folder.ts';

/** An object store that speaks S3: Ceph's monitor, one storage daemon that keeps everything in memory, and the gateway. */
export interface Ceph extends RunningServer {
  /** `http://127.0.0.1:<port>`; buckets are addressed in the path. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Adds another user, who owns nothing. */
  addUser(name: string): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
}

const keys = { accessKeyId: 'test-access-key', secretAccessKey: 'test-secret-key' };

/**
 * Starts a cluster of one. It takes a few seconds; `missing('ceph')` tells whether the machine has what it needs.
 *
 * @throws Error when a daemon does not come up, with the end of its log
 */
export async function startCeph(): Promise<Ceph> {
  const folder = new ServerFolder('ceph');
  try {
    return await new Cluster(folder).start();
  } catch (error) {
    await folder.stop();
    throw error;
  }
}

class Cluster {
  readonly #folder: ServerFolder;
  readonly #configuration: string;

  constructor(folder: ServerFolder) {
    this.#folder = folder;
    this.#configuration = folder.file('ceph.conf');
  }

  async start(): Promise<Ceph> {
    const [monitorPort, gatewayPort] = [await freePort(), await freePort()];
    const monitor = `[v2:127.0.0.1:${monitorPort}]`;
    const cluster = randomUUID();
    for (const name of ['run', 'log', 'monitor', 'storage', 'gateway', 'crash']) mkdirSync(this.#folder.file(name));
    writeFileSync(this.#configuration, configuration(this.#folder.path, cluster, monitor, gatewayPort));
    await this.#startMonitor(cluster, monitor);
    await this.#startStorage();
    await this.#startGateway(gatewayPort);
    await this.#addUser('owner', keys);
    return {
      ...keys,
      endpoint: `http://127.0.0.1:${gatewayPort}`,
      port: gatewayPort,
      region: 'us-east-1',
      addUser: async (name) => {
        const others = { accessKeyId: `${name}-access-key`, secretAccessKey: `${name}-secret-key` };
        await this.#addUser(name, others);
        return others;
      },
      stop: () => this.#folder.stop(),
    };
  }

  async #startMonitor(cluster: string, monitor: string): Promise<void> {
    const [map, keyring] = [this.#folder.file('monitor-map'), this.#folder.file('keyring')];
    await this.#run('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', monitor, map]);
    await this.#run('ceph-authtool', [
      '--create-keyring',
      keyring,
      '--gen-key',
      '-n',
      'mon.',
      '--cap',
      'mon',
      'allow *',
    ]);
    for (const name of ['client.admin', 'client.gateway', 'osd.0']) {
      const rights = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'];
      await this.#run('ceph-authtool', [keyring, '--gen-key', '-n', name, ...rights]);
    }
    await this.#run('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring]);
    const ended = this.#start('monitor', 'ceph-mon', ['-f', '-i', 'a']);
    await Promise.race([this.#ceph('--connect-timeout', '60', 'mon', 'stat'), ended]);
  }

  async #startStorage(): Promise<void> {
    const id = randomUUID();
    await this.#ceph('osd', 'new', id);
    await this.#run('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', id]);
    const ended = this.#start('storage', 'ceph-osd', ['-f', '-i', '0']);
    await untilReady("Ceph's storage daemon", async () => (await this.#ceph('osd', 'stat')).includes('1 up'), ended);
  }

  async #startGateway(port: number): Promise<void> {
    const ended = this.#start('gateway', 'radosgw', ['-f', '-n', 'client.gateway']);
    await untilReady("Ceph's gateway", () => answers(`http://127.0.0.1:${port}/`), ended);
  }

  async #addUser(name: string, user: typeof keys): Promise<void> {
    const words = ['user', 'create', `--uid=${name}`, `--display-name=${name}`];
    await this.#run('radosgw-admin', [
      ...words,
      `--access-key=${user.accessKeyId}`,
      `--secret-key=${user.secretAccessKey}`,
    ]);
  }

  #ceph(...words: readonly string[]): Promise<string> {
    return this.#run('ceph', words);
  }

  #run(program: string, words: readonly string[]): Promise<string> {
    return run(where(program), ['-c', this.#configuration, ...words]);
  }

  #start(name: string, program: string, words: readonly string[]): Promise<never> {
    return this.#folder.start(name, where(program), ['-c', this.#configuration, ...words]);
  }
}

function where(program: string): string {
  const path = programPath(program);
  if (path === undefined) throw new Error(`${program} is not installed.`);
  return path;
}

async function answers(address: string): Promise<boolean> {
  try {
    const answer = await fetch(address);
    return (await answer.text()).includes('ListAllMyBucketsResult');
  } catch {
    // Nobody listens yet.
    return false;
  }
}

/** One of everything, all on 127.0.0.1, without waits that are there for the sake of several machines. */
function configuration(folder: string, cluster: string, monitor: string, gatewayPort: number): string {
  return `[global]
fsid = ${cluster}
mon host = ${monitor}
mon initial members = a
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv4 = true
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = ${folder}/keyring
mon allow pool size one = true
mon warn on pool no redundancy = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 4000
run dir = ${folder}/run
admin socket = ${folder}/run/$cluster-$name.asok
log file = ${folder}/log/$name.log
crash dir = ${folder}/crash
mon data avail crit = 1
mon data avail warn = 2
paxos propose interval = 0.05
mon osd min in ratio = 0
[mon.a]
host = ${hostname()}
mon data = ${folder}/monitor
[osd]
osd data = ${folder}/storage
osd objectstore = memstore
memstore device bytes = 8589934592
osd heartbeat grace = 60
[client.gateway]
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw data = ${folder}/gateway
rgw enable ops log = false
rgw enable usage log = false
rgw thread pool size = 64
rgw gc obj min wait = 5
rgw run sync thread = false
rgw enable lc threads = false
rgw s3 auth use keystone = false
`;
}
