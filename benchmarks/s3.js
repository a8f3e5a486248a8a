// Whole runs of the command between a folder and a bucket of Ceph's gateway on this machine, beside every peer that is found and
// beside the least that it takes: one signed request a file.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { missing, startCeph } from '../packages/test-servers/dist/index.js';
import { Figures, measure, presentOf, versionOf } from './measure.js';
import { BareClient } from './s3-bare.js';
import { makeTree } from './workloads.js';

const [ours, bare, viaSdk] = ['../packages/cli/dist/bin.js', 's3-bare.js', 's3-sync-client.js'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const mebi = 1024 * 1024;
/** Files on their way at once by default with us, and so with the least. */
const atOnce = 16;

/** @returns rows of figures, rounds interleaved; none where there is no Ceph */
export async function compareBuckets({ files, large, rounds, only, root }) {
  const reason = missing('ceph');
  if (reason !== undefined) {
    console.log(`S3 is not measured: ${reason}`);
    return [];
  }
  const ceph = await startCeph();
  try {
    const present = presentOf(programsFor(ceph), only);
    for (const { name, version } of present) console.log(`${name} (S3): ${version ?? versionOf(name)}`);
    const figures = new Figures();
    const small = join(root, 's3-small');
    makeTree(small, files, 1, () => 10 * 1024);
    const big = join(root, 's3-large');
    makeLarge(big, large);
    for (let round = 0; round < rounds; round += 1) {
      await compareTree(figures, { ceph, present, root, source: small, title: `${files} × 10 KiB` });
      const forLarge = present.filter(({ isForLarge }) => isForLarge);
      await compareTree(figures, { ceph, present: forLarge, root, source: big, title: `${large} × 100 MiB` });
    }
    return figures.rows();
  } finally {
    await ceph.stop();
  }
}

async function compareTree(figures, { ceph, present, root, source, title }) {
  const places = [];
  for (const { name, steps } of present) {
    const bucket = `${name}-${process.hrtime.bigint()}`;
    const client = new BareClient({ ...ceph, bucket, atOnce: 1 });
    await client.makeBucket();
    client.close();
    const target = join(root, bucket);
    mkdirSync(target);
    places.push({ name, steps, place: { bucket, target, source, state: `${target}.state` } });
  }
  for (const [step, workload] of [
    ['up', `S3, ${title} up`],
    ['unchanged', `S3, ${title}, nothing changed`],
    ['down', `S3, ${title} down`],
  ]) {
    for (const { name, steps, place } of places) {
      if (steps[step] !== undefined) figures.note(workload, name, steps[step](place));
    }
  }
  for (const { place } of places) {
    for (const path of [place.target, place.state, `${place.state}-down`])
      rmSync(path, { recursive: true, force: true });
  }
}

function programsFor({ endpoint, port, region, accessKeyId, secretAccessKey }) {
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region };
  // The service speaks plain HTTP; rclone refuses to start where certificates of one's own are named for it.
  const environment = { ...keys, S3_ENDPOINT: endpoint, AWS_CA_BUNDLE: undefined, NODE_NO_WARNINGS: '1' };
  const run = (program, words, more = {}) => measure(program, words, { env: { ...environment, ...more } });
  const sync = (from, to, state) => run(process.execPath, [ours, 'sync', from, to, '--quiet', '--state', state]);
  const address = (bucket) => `s3://${bucket}?endpoint=${endpoint}`;
  const service = { RCLONE_CONFIG: '/dev/null', RCLONE_S3_PROVIDER: 'Ceph', RCLONE_S3_ENDPOINT: endpoint };
  // Tuned: as many at once as served it best, no look at what was stored, and hashes in place of a look at each time.
  const tuned = [
    '--transfers',
    '32',
    '--checkers',
    '32',
    '--fast-list',
    '--checksum',
    '--s3-no-head',
    '--s3-no-check-bucket',
  ];
  const rclone = (words) => run('rclone', [...words, ...tuned], { ...service, RCLONE_S3_ENV_AUTH: 'true' });
  const host = `127.0.0.1:${port}`;
  const access = [
    `--access_key=${accessKeyId}`,
    `--secret_key=${secretAccessKey}`,
    `--host=${host}`,
    `--host-bucket=${host}`,
  ];
  const s3cmd = (from, to) => run('s3cmd', ['-c', '/dev/null', ...access, '--no-ssl', '--quiet', 'sync', from, to]);
  const sdk = (from, to) => run(process.execPath, [viaSdk, from, to]);
  return [
    {
      name: 'syncengine',
      version: `Node ${process.version}`,
      isForLarge: true,
      steps: {
        up: ({ source, bucket, state }) => sync(source, address(bucket), state),
        unchanged: ({ source, bucket, state }) => sync(source, address(bucket), state),
        down: ({ target, bucket, state }) => sync(address(bucket), target, `${state}-down`),
      },
    },
    {
      name: 'bare',
      version: `one signed request a file, ${atOnce} at once`,
      steps: {
        up: ({ source, bucket }) => run(process.execPath, [bare, source, String(atOnce)], { S3_BUCKET: bucket }),
        down: ({ source, target, bucket }) =>
          run(process.execPath, [bare, target, String(atOnce), 'get', source], { S3_BUCKET: bucket }),
      },
    },
    {
      name: 'rclone',
      package: 'rclone',
      isForLarge: true,
      steps: {
        up: ({ source, bucket }) => rclone(['copy', source, `:s3:${bucket}`]),
        unchanged: ({ source, bucket }) => rclone(['sync', source, `:s3:${bucket}`]),
        down: ({ target, bucket }) => rclone(['copy', `:s3:${bucket}`, target]),
      },
    },
    {
      name: 's3cmd',
      package: 's3cmd',
      steps: {
        up: ({ source, bucket }) => s3cmd(`${source}/`, `s3://${bucket}/`),
        unchanged: ({ source, bucket }) => s3cmd(`${source}/`, `s3://${bucket}/`),
        down: ({ target, bucket }) => s3cmd(`s3://${bucket}/`, `${target}/`),
      },
    },
    {
      name: 's3-sync-client',
      version: 'of npm, as package.json says',
      steps: {
        up: ({ source, bucket }) => sdk(source, `s3://${bucket}`),
        unchanged: ({ source, bucket }) => sdk(source, `s3://${bucket}`),
        down: ({ target, bucket }) => sdk(`s3://${bucket}`, target),
      },
    },
  ];
}

function makeLarge(folder, count) {
  mkdirSync(folder);
  const piece = Buffer.from(Array.from({ length: mebi }, (_, index) => (index * 2_654_435_761) >>> 24));
  for (let index = 0; index < count; index += 1) {
    const path = join(folder, `large-${index}.bin`);
    for (let part = 0; part < 100; part += 1) {
      piece.writeUInt32BE(index * 100 + part);
      writeFileSync(path, piece, { flag: 'a' });
    }
  }
}
