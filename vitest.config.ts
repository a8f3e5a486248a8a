import { defineConfig, type ViteUserConfig } from 'vitest/config';

// For running any part of the tests from the root: `vitest run packages/core/src/paths`.
const workspace: ViteUserConfig = defineConfig({ test: { projects: ['packages/*'] } });

export default workspace;
