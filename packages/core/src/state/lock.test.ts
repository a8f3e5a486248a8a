import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileStateStore, SyncStateManager } from './index.ts';
import { currentOwner, type LockOwner, ownerState } from './lock.ts';

const hasProcesses = process.platform === 'linux';
let folder = '';
let program = '';
let nextFile = 0;

/** A process that waits for the names of locks, tries to take each, and holds what it got until it ends. */
const contender = `
import { createInterface } from 'node:readline';
import { FileStateStore } from './state/index.js';
import { currentOwner } from './state/lock.js';
const store = new FileStateStore(process.argv[2]);
console.log(JSON.stringify(currentOwner(Date.now())));
for await (const name of createInterface({ input: process.stdin })) {
  const result = await store.lock(name, currentOwner(Date.now())).then(() => 'held', (error) => error.code ?? String(error));
  console.log(result);
}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'syncengine-lock-'));
  // Child processes run plain JavaScript.
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const out = join(folder, 'program');
  const options = ['--noCheck', '--target', 'es2023', '--module', 'nodenext', '--rewriteRelativeImportExtensions'];
  const source = fileURLToPath(new URL('.', import.meta.url));
  await promisify(execFile)(
    process.execPath,
    [
      compiler,
      '--ignoreConfig',
      ...options,
      '--types',
      'node',
      '--rootDir',
      dirname(source),
      '--outDir',
      out,
      join(source, 'index.ts'),
      join(source, 'lock.ts'),
    ],
    { cwd: source },
  );
  await writeFile(join(out, 'package.json'), '{"type":"module"}');
  program = join(out, 'contender.js');
  await writeFile(program, contender);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

class Contender {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.process = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('The process ended.');
    return value;
  }

  async take(name: string): Promise<string> {
    this.process.stdin?.write(`${name}\n`);
    return this.line();
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exit;
  }
}

/** The owner that a process was which is dead now. */
async function deadOwner(): Promise<LockOwner> {
  const child = new Contender();
  const owner: LockOwner = JSON.parse(await child.line());
  await child.kill();
  return owner;
}

function newName(): string {
  nextFile += 1;
  return `lock-${nextFile}`;
}

const lockFile = (name: string): string => join(folder, `${name}.lock`);

async function tryToTake(name: string, takeOver = false): Promise<string> {
  const store = new FileStateStore(folder);
  return store.lock(name, currentOwner(1000), { takeOver }).then(
    async (lock) => {
      await lock.verify();
      await lock[Symbol.asyncDispose]();
      return 'held';
    },
    (error: { code: string }) => error.code,
  );
}

describe('a lock', () => {
  test('has one holder, is private, tells whose it is, and is free again after it', async () => {
    const store = new FileStateStore(folder);
    const name = newName();
    const first = await store.lock(name, currentOwner(1_000_000));
    expect((await stat(lockFile(name))).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600);
    const refusal = store.lock(name, currentOwner(1_000_000 + 90_000));
    await expect(refusal).rejects.toMatchObject({
      code: 'rail-lock',
      details: { pid: process.pid, host: currentOwner(0).host, ageMs: 90_000, startedAt: 1_000_000 },
    });
    await expect(refusal).rejects.toThrow(`process ${process.pid}`);
    await expect(refusal).rejects.toThrow('90 s');
    await Promise.all([first[Symbol.asyncDispose](), first[Symbol.asyncDispose]()]);
    await expect(first.verify()).rejects.toMatchObject({ code: 'lock-lost' });
    const second = await store.lock(name, currentOwner(0));
    await first[Symbol.asyncDispose]();
    await second.verify();
    await second[Symbol.asyncDispose]();
    expect((await readdir(folder)).filter((file) => file.startsWith(name))).toEqual([]);
  });

  test('of a pair keeps a second engine out, in the same process as in another', async () => {
    const store = new FileStateStore(folder);
    const manager = new SyncStateManager({ store });
    const pair = { source: 'a', destination: 'b' };
    const first = await manager.open(pair, { access: 'write' });
    await expect(manager.open(pair, { access: 'write' })).rejects.toMatchObject({ code: 'rail-lock' });
    await expect(manager.reset(pair)).rejects.toMatchObject({ code: 'rail-lock' });
    const child = new Contender();
    await child.line();
    expect(await child.take(`${first.key}/run`)).toBe('rail-lock');
    await (await manager.open(pair, { access: 'read' }))[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    expect(await child.take(`${first.key}/run`)).toBe('held');
    await expect(manager.open(pair, { access: 'write' })).rejects.toMatchObject({ code: 'rail-lock' });
    await child.kill();
    await (await manager.open(pair, { access: 'write' }))[Symbol.asyncDispose]();
  });

  test('of a process that was killed is taken over', async () => {
    const child = new Contender();
    await child.line();
    const name = newName();
    expect(await child.take(name)).toBe('held');
    expect(await tryToTake(name)).toBe('rail-lock');
    await child.kill();
    expect(await tryToTake(name)).toBe('held');
    expect((await readdir(folder)).filter((file) => file.startsWith(name))).toEqual([]);
  });

  const self = currentOwner(0);
  const strangers: ReadonlyArray<readonly [string, string, boolean]> = [
    ['on another host', JSON.stringify({ ...self, token: 't', host: 'elsewhere', pid: 1 }), true],
    ['on another machine of that name', JSON.stringify({ ...self, token: 't', machine: 'other' }), true],
    ['in another container', JSON.stringify({ ...self, token: 't', processSpace: 'pid:[1]' }), true],
    ['that cannot be read', '{"pid":', true],
    ['that is empty', '', true],
    ['with a token that is a path', JSON.stringify({ ...self, token: '../../x' }), true],
    ['of this process', JSON.stringify({ ...self, token: 't' }), true],
    [
      'from before the machine was started anew',
      JSON.stringify({ ...self, token: 't', boot: 'earlier' }),
      !hasProcesses,
    ],
    ['of an earlier process with this pid', JSON.stringify({ ...self, token: 't', processStart: '1' }), !hasProcesses],
  ];
  test.each(strangers)(
    '%s is respected or not (%s → %s), and can always be taken over',
    async (_, content, isRespected) => {
      const name = newName();
      await writeFile(lockFile(name), content);
      if (isRespected) {
        expect(await tryToTake(name)).toBe('rail-lock');
        expect(await readFile(lockFile(name), 'utf8')).toBe(content);
      }
      expect(await tryToTake(name, isRespected)).toBe('held');
      expect((await readdir(folder)).filter((file) => file.startsWith(name))).toEqual([]);
    },
  );

  test('is not released by the one that it was taken from', async () => {
    const store = new FileStateStore(folder);
    const name = newName();
    const first = await store.lock(name, currentOwner(0));
    const second = await store.lock(name, currentOwner(0), { takeOver: true });
    await expect(first.verify()).rejects.toMatchObject({ code: 'lock-lost' });
    await first[Symbol.asyncDispose]();
    await second.verify();
    expect(await tryToTake(name)).toBe('rail-lock');
    await second[Symbol.asyncDispose]();
  });
});

test('a killed process that nobody waited for counts as gone', async () => {
  // Only Linux lists such processes.
  if (!hasProcesses) return;
  // The second sleep replaces the shell, and does not know of the child that the shell had.
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [first] = await once(parent.stdout, 'data');
    const pid = Number(String(first));
    const state = async (): Promise<string> => (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '');
    const parentName = (): Promise<string> => readFile(`/proc/${parent.pid}/comm`, 'utf8');
    while ((await parentName()) !== 'sleep\n') await new Promise((resolve) => setImmediate(resolve));
    process.kill(pid, 'SIGKILL');
    while (!(await state()).startsWith('Z')) await new Promise((resolve) => setImmediate(resolve));
    const processStart = (await state()).split(' ')[19];
    const owner = { ...currentOwner(0), token: 't', pid, processStart };
    expect(ownerState(owner, currentOwner(0))).toBe('gone');
  } finally {
    parent.kill('SIGKILL');
  }
});

test('of twenty processes that race for the lock of a dead one, exactly one gets it', async () => {
  const contenders = Array.from({ length: 20 }, () => new Contender());
  try {
    await Promise.all(contenders.map((one) => one.line()));
    const [dead, alsoDead] = [await deadOwner(), await deadOwner()];
    for (let round = 0; round < 24; round += 1) {
      const name = newName();
      // Nobody; one that died; one that died while it took over from another; the same with two.
      if (round % 4 > 0) await writeFile(lockFile(name), JSON.stringify(dead));
      if (round % 4 > 1) await writeFile(`${lockFile(name)}-after-${dead.token}`, JSON.stringify(alsoDead));
      if (round % 4 > 2) {
        const third = { ...dead, token: 'third' };
        await writeFile(`${lockFile(name)}-after-${alsoDead.token}`, JSON.stringify(third));
      }
      const results = await Promise.all(contenders.map((one) => one.take(name)));
      expect(results.filter((result) => result === 'held')).toHaveLength(1);
      expect(results.filter((result) => result === 'rail-lock')).toHaveLength(19);
      const winner: LockOwner = JSON.parse(await readFile(lockFile(name), 'utf8'));
      expect(winner.pid).toBe(contenders[results.indexOf('held')]?.process.pid);
    }
  } finally {
    await Promise.all(contenders.map((one) => one.kill()));
  }
});

test('a living process that is taking over is not overtaken, not even by force', async () => {
  const name = newName();
  await writeFile(lockFile(name), JSON.stringify({ ...currentOwner(0), token: 't', host: 'elsewhere' }));
  const marker = `${lockFile(name)}-after-t`;
  await writeFile(marker, JSON.stringify(currentOwner(0)));
  expect(await tryToTake(name, true)).toBe('rail-lock');
  await writeFile(marker, JSON.stringify({ ...currentOwner(0), host: 'elsewhere' }));
  expect(await tryToTake(name, true)).toBe('held');
});

test('of many that take over at once by force, the last one only holds the lock', async () => {
  const store = new FileStateStore(folder);
  const name = newName();
  await writeFile(lockFile(name), JSON.stringify({ ...currentOwner(0), token: 't', host: 'elsewhere' }));
  const attempts = await Promise.allSettled(
    Array.from({ length: 20 }, () => store.lock(name, currentOwner(0), { takeOver: true })),
  );
  const locks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
  const verified = await Promise.allSettled(locks.map((lock) => lock.verify()));
  expect(verified.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const attempt of attempts) {
    if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'rail-lock' });
  }
  await Promise.all(locks.map((lock) => lock[Symbol.asyncDispose]()));
});
