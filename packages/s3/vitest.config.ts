import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

export default mergeConfig(shared, { test: { name: 's3', globalSetup: ['test/support/start-ceph.ts'] } });
