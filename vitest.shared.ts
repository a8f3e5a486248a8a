import process from 'node:process';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

// The first condition is ours: packages of this workspace are resolved to their sources, so tests need no build. `module` is
// none of them: behind it some packages have files for bundlers, which Node cannot load.
const conditions = ['@syncengine/source', 'node', 'development|production'];

/** What the tests of every package have in common. */
const shared: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{src,test}/**/*.test.ts'],
    environment: 'node',
    // Only there to end a test that hangs: nothing is measured here, and CI's two cores may be busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // CI counts the tests from these reports.
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'reports/vitest.json' }]] : ['default'],
  },
});

export default shared;
