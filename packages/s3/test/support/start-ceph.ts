import { type Ceph, missing, startCeph } from '@syncengine/test-servers';
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
