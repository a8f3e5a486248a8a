// Listing a bucket of 200,000 keys whose service takes 50 ms for each page: by the boundaries that a run remembers, and page
// after page. The service is a made-up one in a thread of its own: it knows the keys, and nothing else.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const waitMs = 50;
const pageSize = 1_000;

function keyAt(index) {
  return `part-${Math.floor(index / 20_000)}/folder-${Math.floor(index / 100)
    .toString()
    .padStart(5, '0')}/file-${index.toString().padStart(7, '0')}.txt`;
}

/** Lines that tell what a listing takes. */
export async function measureListing(count) {
  // By its place: this folder has no packages of its own.
  const { S3StorageClient } = await import('../packages/s3/dist/index.js');
  const service = new Worker(fileURLToPath(import.meta.url));
  try {
    service.postMessage(count);
    const port = await new Promise((resolve) => service.once('message', resolve));
    const listed = async (options, boundaries) => {
      const client = await S3StorageClient.open({
        bucket: 'keys',
        endpoint: `http://127.0.0.1:${port}`,
        credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
        ...options,
      });
      const begin = process.hrtime.bigint();
      let entries = 0;
      for await (const page of client.listRecursive({ boundaries })) entries += page.length;
      const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
      await client.close();
      if (entries !== count) throw new Error(`${entries} of ${count} keys were listed.`);
      return seconds;
    };
    const boundaries = Array.from({ length: Math.floor((count - 1) / pageSize) }, (_, index) =>
      keyAt((index + 1) * pageSize - 1),
    );
    const alone = await listed({ listingsAtOnce: 1 }, boundaries);
    const together = await listed({}, boundaries);
    return [
      `listing ${count} keys, ${waitMs} ms a page: page after page ${alone.toFixed(2)} s, with a base ${together.toFixed(2)} s`,
      `  ${(alone / together).toFixed(1)} times as fast`,
    ].join('\n');
  } finally {
    await service.terminate();
  }
}

function serve(count) {
  const keys = Array.from({ length: count }, (_, index) => keyAt(index)).sort();
  const server = createServer((request, answer) => {
    const query = new URL(request.url, 'http://host').searchParams;
    const body = query.has('versioning')
      ? '<VersioningConfiguration/>'
      : pageBehind(keys, query.get('start-after') ?? '');
    setTimeout(() => answer.writeHead(200, { 'content-type': 'application/xml' }).end(body), waitMs);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
}

function pageBehind(keys, after) {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] <= after) low = middle + 1;
    else high = middle;
  }
  const page = keys.slice(low, low + pageSize);
  const contents = page.map(
    (key) =>
      `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>2026-11-22T10:00:00.000Z</LastModified><ETag>&quot;900150983cd24fb0d6963f7d28e17f72&quot;</ETag><Size>2048</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const isTruncated = low + pageSize < keys.length;
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>keys</Name><EncodingType>url</EncodingType><MaxKeys>${pageSize}</MaxKeys><KeyCount>${page.length}</KeyCount><IsTruncated>${isTruncated}</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

if (!isMainThread) parentPort.once('message', serve);
