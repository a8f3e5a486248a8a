// Makes few files of the many that tsc wrote: `node ../../scripts/bundle.mjs index pure`, in the folder of a package after
// `tsc -b`, writes `bundle/index.js` and `bundle/pure.js`. To find and link a hundred modules takes Node longer than a small run
// takes for its files. What is imported from elsewhere stays an import, so that there is one copy of each package.
import { rmSync } from 'node:fs';
import process from 'node:process';
import { build } from 'esbuild';

const entries = process.argv.slice(2);
if (entries.length === 0) throw new TypeError('Name the entries of the package, such as index.');

rmSync('bundle', { recursive: true, force: true });
await build({
  entryPoints: entries.map((name) => `dist/${name}.js`),
  outdir: 'bundle',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  // The sources are published beside it.
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});
