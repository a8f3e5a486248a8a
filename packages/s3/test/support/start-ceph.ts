import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Ceph } from '@syncengine/test-servers';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** `undefined` where Ceph is not installed. */
    ceph: Pick<Ceph, 'endpoint' | 'port' | 'region' | 'accessKeyId' | 'secretAccessKey'> | undefined;
    /** Somebody who may do nothing with the others' buckets. */
    stranger: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  }
}

/** One server for all tests of the package. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // This part of vitest takes packages as they are built. A build that is up to date takes no time.
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const cwd = fileURLToPath(new URL('../../../test-servers', import.meta.url));
  execFileSync(process.execPath, [join(dirname(typescript), 'bin', 'tsc'), '-b'], { cwd });
  const { missing, startCeph } = await import('@syncengine/test-servers');
  if (missing('ceph') !== undefined) {
    project.provide('ceph', undefined);
    project.provide('stranger', undefined);
    return undefined;
  }
  const ceph = await startCeph();
  const { endpoint, port, region, accessKeyId, secretAccessKey } = ceph;
  project.provide('ceph', { endpoint, port, region, accessKeyId, secretAccessKey });
  project.provide('stranger', await ceph.addUser('stranger'));
  return () => ceph.stop();
}
