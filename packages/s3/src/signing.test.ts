import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Signing } from './signing.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret+/' };

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 23, 59, 58), toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function request(path: string, headers: Record<string, string>, method = 'PUT') {
  const host = { host: 'bucket.example', 'x-amz-content-sha256': 'e3b0', 'user-agent': 'syncengine' };
  return { method, protocol: 'https:', hostname: 'bucket.example', path, query: {}, headers: { ...host, ...headers } };
}

const requests = [
  request('/file', {}),
  request('/folder/%C3%A4%20%28b%29%27', { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==', 'content-length': '0' }),
  request('/file', { 'x-amz-meta-name': '  two  spaces ', 'if-none-match': '*', 'content-type': 'text/plain' }),
  request('/file', { range: 'bytes=0-9', 'if-match': '"tag"' }, 'GET'),
];

async function bothOf(config: S3ClientConfig) {
  const client = new S3Client({ region: 'eu-central-1', credentials, ...config });
  const signing = new Signing(client, 'eu-central-1');
  const scheme = { name: 'sigv4', signingName: 's3', signingRegion: 'eu-central-1', properties: {} };
  const signer = await client.config.signer(scheme);
  const options = { signingRegion: 'eu-central-1', signingService: 's3' };
  return {
    ours: async (wanted: (typeof requests)[number]) => (await signing.sign(wanted)).headers,
    theirs: async (wanted: (typeof requests)[number]) =>
      (await signer.sign(wanted, { ...options, signingDate: new Date() })).headers,
  };
}

test('every request is signed as the SDK signs it, the first one and all that follow, over midnight too', async () => {
  for (const sessionToken of [undefined, 'a token']) {
    const { ours, theirs } = await bothOf({ credentials: { ...credentials, ...(sessionToken && { sessionToken }) } });
    for (let second = 0; second < 4; second += 1) {
      for (const wanted of requests) expect(await ours(wanted)).toEqual(await theirs(wanted));
      vi.setSystemTime(Date.now() + 1000);
    }
  }
});

test('new credentials are used at once', async () => {
  let count = 0;
  const provider = async () => ({ ...credentials, secretAccessKey: `secret ${count}`, expiration: new Date(0) });
  const { ours, theirs } = await bothOf({ credentials: provider });
  const [first] = requests;
  if (first === undefined) throw new Error('There are requests.');
  const before = (await ours(first))['authorization'];
  count += 1;
  expect(await ours(first)).toEqual(await theirs(first));
  expect((await ours(first))['authorization']).not.toBe(before);
});

test('a signer of somebody is asked each time', async () => {
  let asked = 0;
  const signer: NonNullable<S3ClientConfig['signer']> = async () => ({
    sign: async (wanted) => {
      asked += 1;
      return { ...wanted, headers: { ...wanted.headers, authorization: `Own ${asked}` } };
    },
  });
  const { ours } = await bothOf({ signer });
  const said: (string | undefined)[] = [];
  for (const wanted of requests) said.push((await ours(wanted))['authorization']);
  expect(said).toEqual(['Own 1', 'Own 2', 'Own 3', 'Own 4']);
});
