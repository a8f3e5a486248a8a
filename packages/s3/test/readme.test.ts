import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { contentOf } from '@syncengine/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { optionsOf } from '../src/create-storage-client.ts';
import { credentials, describeWithCeph, open, sdk, service } from './support/service.ts';

const home = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(home, 'README.md'), 'utf8');

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, text]) =>
    name === language ? [text ?? ''] : [],
  );
}

describeWithCeph('The program at the top of the README', () => {
  // It uses what is built. A build that is up to date takes no time.
  beforeAll(() => {
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
    execFileSync(process.execPath, [join(dirname(typescript), 'bin', 'tsc'), '-b'], { cwd: home });
  });

  test('keeps a folder and a part of a bucket in sync, as it is written', async () => {
    const [program = ''] = blocks('js');
    expect(readme.indexOf(program)).toBeLessThan(50);
    await sdk().send(new CreateBucketCommand({ Bucket: 'my-bucket' }));
    const bucket = await open({ bucket: 'my-bucket' });
    await bucket.write('documents/there.txt', contentOf('there'));
    // Beside the sources, so that the packages are found.
    const folder = mkdtempSync(join(home, 'test', 'readme-'));
    try {
      mkdirSync(join(folder, 'documents'));
      writeFileSync(join(folder, 'documents', 'here.txt'), 'here');
      writeFileSync(join(folder, 'program.mjs'), program);
      const { accessKeyId, secretAccessKey } = credentials();
      const env = {
        PATH: process.env['PATH'],
        XDG_STATE_HOME: join(folder, 'state'),
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_S3: service().endpoint,
      };
      const run = spawnSync(process.execPath, ['program.mjs'], { cwd: folder, env, encoding: 'utf8' });
      expect({ stdout: run.stdout, status: run.status }).toEqual({ stdout: 'clean\n', status: 0 });
      expect(readFileSync(join(folder, 'documents', 'there.txt'), 'utf8')).toBe('there');
      expect(await bucket.stat('documents/here.txt')).toMatchObject({ size: 4 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('The README', () => {
  test('speaks of every setting of an address and no other', () => {
    const table = [...readme.matchAll(/^\| `([a-z-]+)` +\| `--s3-([a-z-]+)`/gm)].map(([, setting, flag]) => [
      setting,
      flag,
    ]);
    expect(table.every(([setting, flag]) => setting === flag)).toBe(true);
    const wrong = (): unknown => optionsOf(new URL('s3://bucket?wrong=1'), { env: {} });
    expect(wrong).toThrow(table.map(([setting]) => setting).join(', '));
  });

  test('speaks of every option', () => {
    const source = readFileSync(join(home, 'src', 'options.ts'), 'utf8');
    const [declared = ''] = /export interface S3StorageOptions \{.*?^\}/ms.exec(source) ?? [];
    const names = [...declared.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(readme).toContain(`\`${name}\``);
  });
});
