import { expect, test } from 'vitest';
import { failureOf } from './failures.ts';

test('that no region is set is told with where to set one, and with nothing else', () => {
  const failure = failureOf(new Error('Region is missing'), '', { bucket: 'photos', host: 'amazonaws.com' });
  expect(failure.code).toBe('invalid-options');
  expect(failure.message).toMatch(
    /^The bucket photos at amazonaws\.com: no region is set; give one, .*AWS_REGION.* none\.$/,
  );
});
