// The least that it takes to store files in a bucket: one signed PUT each over connections that are kept, and nothing looked
// at or remembered. `node s3-bare.js FOLDER AT_ONCE`, or `node s3-bare.js FOLDER AT_ONCE get` for the way back;
// `S3_ENDPOINT`, `S3_BUCKET` and the AWS keys are in the environment.
import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const region = 'us-east-1';

/** Sends signed requests, so many at once. */
export class BareClient {
  #endpoint;
  #bucket;
  #agent;
  #keys;
  #signingKey;
  #day = '';

  constructor({ endpoint, bucket, accessKeyId, secretAccessKey, atOnce }) {
    this.#endpoint = new URL(endpoint);
    this.#bucket = bucket;
    this.#keys = { accessKeyId, secretAccessKey };
    this.#agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  }

  async put(key, body) {
    await this.#send('PUT', key, body);
  }

  async makeBucket() {
    await this.#send('PUT', undefined, '');
  }

  async get(key) {
    return await this.#send('GET', key, '');
  }

  close() {
    this.#agent.destroy();
  }

  #send(method, key, body) {
    const path = `/${this.#bucket}${key === undefined ? '' : `/${key.split('/').map(encodeURIComponent).join('/')}`}`;
    const headers = this.#signed(method, path, body);
    const { hostname, port } = this.#endpoint;
    return new Promise((resolve, reject) => {
      const sent = request({ method, hostname, port, path, agent: this.#agent, headers }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const content = Buffer.concat(chunks);
          if (answer.statusCode === 200) resolve(content);
          else reject(new Error(`${method} ${path} was answered with ${answer.statusCode}: ${content}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #signed(method, path, body) {
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    const digest = createHash('sha256').update(body).digest('hex');
    const names = 'host;x-amz-content-sha256;x-amz-date';
    const canonical = `${method}\n${path}\n\nhost:${this.#endpoint.host}\nx-amz-content-sha256:${digest}\nx-amz-date:${time}\n\n${names}\n${digest}`;
    const scope = `${day}/${region}/s3/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
    if (day !== this.#day) {
      const steps = [day, region, 's3', 'aws4_request'];
      this.#signingKey = steps.reduce(hmac, `AWS4${this.#keys.secretAccessKey}`);
      this.#day = day;
    }
    const signature = hmac(this.#signingKey, toSign).toString('hex');
    return {
      host: this.#endpoint.host,
      'content-length': Buffer.byteLength(body),
      'x-amz-content-sha256': digest,
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${this.#keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  }
}

function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest();
}

/** Does all the work, so much of it at once. */
async function atOnce(count, work, items) {
  const rest = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, most, direction] = process.argv.slice(2);
  const { S3_ENDPOINT: endpoint, S3_BUCKET: bucket } = process.env;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const client = new BareClient({ endpoint, bucket, accessKeyId, secretAccessKey, atOnce: Number(most) });
  if (direction === 'get') {
    // What is to come is known by name: the list that another folder has.
    const from = process.argv[5];
    for (const path of foldersIn(from)) mkdirSync(join(folder, path), { recursive: true });
    await atOnce(
      Number(most),
      async (path) => writeFileSync(join(folder, path), await client.get(path)),
      filesIn(from),
    );
  } else {
    await atOnce(Number(most), (path) => client.put(path, readFileSync(join(folder, path))), filesIn(folder));
  }
  client.close();
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
}

function foldersIn(folder) {
  return new Set(filesIn(folder).map((path) => dirname(path)));
}
