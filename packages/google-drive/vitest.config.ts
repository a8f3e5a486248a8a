import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

// Each request of these tests goes over HTTP: on a busy machine a thousand of them take their time. It only ends what hangs.
export default mergeConfig(shared, { test: { name: 'google-drive', testTimeout: 10 * 60_000 } });
