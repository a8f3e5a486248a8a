import { describe, expect, test } from 'vitest';
import { missing, startCeph } from '../src/index.ts';

const reason = missing('ceph');

describe.skipIf(reason !== undefined)(`Ceph${reason === undefined ? '' : `: ${reason}`}`, () => {
  test('comes up, answers, knows its users, and is gone after stop', async () => {
    const ceph = await startCeph();
    try {
      expect(await (await fetch(ceph.endpoint)).text()).toContain('ListAllMyBucketsResult');
      const other = await ceph.addUser('other');
      expect(other.accessKeyId).not.toBe(ceph.accessKeyId);
    } finally {
      await ceph.stop();
    }
    await expect(fetch(ceph.endpoint)).rejects.toThrow();
  });
});
