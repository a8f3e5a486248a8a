import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * The most that each package may weigh, in kB of 1,000 bytes: as it is downloaded, and bundled and minified without what it
 * depends on. There is about a quarter of room: a package that outgrows it got something that deserves a second look.
 */
const limits = {
  '@syncengine/cli': { packed: 260, bundled: 150 },
  '@syncengine/conformance': { packed: 260, bundled: 160 },
  '@syncengine/core': { packed: 750, bundled: 320 },
  '@syncengine/core/pure': { bundled: 40 },
  '@syncengine/ftp': { packed: 160, bundled: 75 },
  '@syncengine/google-drive': { packed: 160, bundled: 75 },
  '@syncengine/s3': { packed: 130, bundled: 60 },
  '@syncengine/sftp': { packed: 160, bundled: 75 },
};

/** Holds every packed file and every bundle against its limit. */
export async function checkSizes(packages, packed, check) {
  for (const { name, bytes } of packed)
    await check(`size of ${name}, packed`, () => within(bytes, limits[name]?.packed));
  for (const { name, folder } of packages) {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const external = [manifest.dependencies, manifest.peerDependencies].flatMap((each) => Object.keys(each ?? {}));
    for (const [path, { default: file }] of Object.entries(manifest.exports)) {
      if (file === undefined) continue;
      const entry = `${name}${path.slice(1)}`;
      await check(`size of ${entry}, bundled`, async () => {
        const { outputFiles } = await build({
          entryPoints: [join(folder, file)],
          bundle: true,
          minify: true,
          write: false,
          platform: 'node',
          format: 'esm',
          external,
          logLevel: 'silent',
        });
        return within(outputFiles[0].contents.byteLength, limits[entry]?.bundled);
      });
    }
  }
}

function within(bytes, limit) {
  if (limit === undefined) throw new Error('It has no limit: give it one in scripts/pack-check/sizes.mjs.');
  const told = `${(bytes / 1000).toFixed(1)} of ${limit} kB`;
  if (bytes > limit * 1000) throw new Error(`${told}: too much.`);
  return told;
}
