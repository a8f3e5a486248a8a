import { defineConfig, type ViteUserConfig } from 'vitest/config';

// The first condition is ours: packages of this workspace are resolved to their sources, so tests need no build.
const conditions = ['@syncengine/source', 'module', 'node', 'development|production'];

/** What the tests of every package have in common. */
const shared: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
    passWithNoTests: true,
  },
});

export default shared;
