import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LocalStorageClient } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { make, treeOf } from '../support/tree.ts';
import { Folders, filesIn, fill } from './folders.ts';
import { inSync, refusal, runLifting } from './rail.ts';

async function held(): Promise<{ folders: Folders; lock: string; release: () => Promise<void> }> {
  const folders = new Folders();
  fill(folders.source, { a: 'a' });
  await folders.engine().sync();
  fill(folders.source, { b: 'b' });
  const pair = {
    source: new LocalStorageClient(folders.source).id,
    destination: new LocalStorageClient(folders.destination).id,
  };
  const state = await folders.manager().open(pair, { access: 'write' });
  const [name] = readdirSync(folders.state, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.lock'),
  );
  if (name === undefined) throw new Error('There is no lock.');
  return { folders, lock: join(folders.state, name), release: async () => state[Symbol.asyncDispose]() };
}

describe('a lock that another run holds', () => {
  test('in a process that lives: stops a run, names it, and lets a dry run look', async () => {
    const { folders, lock, release } = await held();
    const stop = await refusal(folders.engine().sync());
    expect(stop).toMatchObject({ code: 'rail-lock', details: { lock, pid: process.pid, host: hostname() } });
    expect(stop.details['ageMs']).toBeGreaterThanOrEqual(0);
    expect(stop.message).toContain(`process ${process.pid}`);
    expect(filesIn(folders.destination)).toEqual({ a: 'a' });
    const plan = await folders.engine().plan();
    expect(plan.counts.created).toBe(1);
    expect(await refusal(folders.engine().apply(plan))).toMatchObject({ code: 'rail-lock' });
    await release();
    expect((await folders.engine().sync()).status).toBe('clean');
  });

  test('on another machine: stops a run, because nobody can tell from here whether it lives', async () => {
    const { folders, lock, release } = await held();
    const owner: Record<string, unknown> = JSON.parse(readFileSync(lock, 'utf8'));
    writeFileSync(lock, JSON.stringify({ ...owner, host: 'elsewhere', machine: 'another' }));
    const stop = await refusal(folders.engine().sync());
    expect(stop).toMatchObject({ code: 'rail-lock', details: { host: 'elsewhere' } });
    expect(stop.message).toContain('elsewhere');
    expect((await folders.engine().sync({ allow: ['rail-lock'] })).status).toBe('clean');
    expect(filesIn(folders.destination)).toEqual({ a: 'a', b: 'b' });
    await release();
  });

  test('that says nothing of use: stops a run, until it is lifted', async () => {
    const { folders, lock, release } = await held();
    writeFileSync(lock, 'torn');
    expect(await refusal(folders.engine().sync())).toMatchObject({ code: 'rail-lock', details: { lock } });
    expect((await folders.engine().sync({ allow: ['rail-lock'] })).status).toBe('clean');
    await release();
  });

  test('of a process that is gone stops nothing', async () => {
    const { folders, lock, release } = await held();
    const owner: Record<string, unknown> = JSON.parse(readFileSync(lock, 'utf8'));
    // The same pid, but another process: it was started at another time.
    writeFileSync(lock, JSON.stringify({ ...owner, processStart: '1' }));
    const isTold = process.platform === 'linux';
    const allow = isTold ? [] : (['rail-lock'] as const);
    expect((await folders.engine().sync({ allow })).status).toBe('clean');
    await release();
  });
});

test('two runs at once, as they would be without the rail: the first notices, nothing is lost, and the next run is clean', async () => {
  const tree = { a: 'a', b: 'b', c: 'c' };
  const pair = await inSync(tree);
  make(pair.source, { a: 'a2', c: undefined, new: 'new' });
  make(pair.destination, { b: 'b2' });
  let overtaken = false;
  const first = pair.engine(
    { limits: { transfers: 1, operations: 1 } },
    {
      destination: (client) =>
        altered(client, {
          write: async (path, content, options) => {
            if (!overtaken) {
              overtaken = true;
              expect(await refusal(pair.engine().sync())).toMatchObject({ code: 'rail-lock' });
              expect((await runLifting(pair, ['rail-lock'])).status).toBe('clean');
            }
            return await client.write(path, content, options);
          },
        }),
    },
  );
  expect(await refusal(first.sync())).toMatchObject({ code: 'lock-lost' });
  const both = { a: 'a2', b: 'b2', new: 'new' };
  expect(treeOf(pair.source)).toEqual(both);
  expect(treeOf(pair.destination)).toEqual(both);
  pair.clock.advance();
  expect(await pair.engine().sync()).toMatchObject({ status: 'clean', operations: [] });
});
