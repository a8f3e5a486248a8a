import { describe, expect, test } from 'vitest';
import { defects } from './support/defects.ts';
import { plant } from './support/planted.ts';

const runs = 20_000;
const seed = 1;

describe('the simulator can fail', () => {
  test.for(defects)('within 20,000 runs it notices when $name', { timeout: 600_000 }, async (defect) => {
    const planted = await plant(defect);
    try {
      const report = await planted.simulator.simulate({ runs, seed, shrink: false });
      expect(report.failures).toHaveLength(1);
    } finally {
      planted[Symbol.dispose]();
    }
  });
});
