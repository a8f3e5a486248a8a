import { chownSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { startDriveServer } from '../../packages/drive-server/dist/index.js';
import {
  missing,
  missingFtpServer,
  startCeph,
  startOpenSsh,
  startProFtpd,
} from '../../packages/test-servers/dist/index.js';

/**
 * Starts the servers that the READMEs of the adapters need. `places` gives for each package a function that prepares an
 * empty place for its program, and tells how the program gets there: `edit` changes its text, `env` is its environment,
 * `address` is the same place for the command, and `arrived` tells whether `documents/letter.txt` is there.
 */
export async function startServers() {
  const lacking = [missing('ceph'), missing('openssh'), missingFtpServer('proftpd')].filter(
    (each) => each !== undefined,
  );
  if (lacking.length > 0) throw new Error(`The programs of the READMEs need servers: ${lacking.join('; ')}`);
  const [drive, ceph, ssh, ftp] = await Promise.all([startDriveServer(), startCeph(), startOpenSsh(), startProFtpd()]);
  const places = {
    '@syncengine/s3': s3(ceph),
    '@syncengine/sftp': sftp(ssh),
    '@syncengine/ftp': ftpServer(ftp),
    '@syncengine/google-drive': googleDrive(drive),
  };
  return { places, stop: () => Promise.all([drive.close(), ceph.stop(), ssh.stop(), ftp.stop()]) };
}

function s3({ accessKeyId, secretAccessKey, endpoint, region }) {
  const { CreateBucketCommand, HeadObjectCommand, S3Client } = createRequire(
    new URL('../../packages/s3/package.json', import.meta.url),
  )('@aws-sdk/client-s3');
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  return async (name) => {
    const bucket = `bucket-${name}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return {
      edit: (program) => program.replace("'my-bucket'", `'${bucket}'`),
      address: `s3://${bucket}/documents`,
      env: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: region,
        AWS_ENDPOINT_URL_S3: endpoint,
      },
      arrived: async () => {
        const { ContentLength } = await client.send(
          new HeadObjectCommand({ Bucket: bucket, Key: 'documents/letter.txt' }),
        );
        return ContentLength === 'Dear reader'.length;
      },
    };
  };
}

function sftp(server) {
  return async (name, home) => {
    const folder = join(server.files, name);
    mkdirSync(folder);
    // Root started the server for a user of its own; others are that user.
    const { uid, gid } = statSync(server.files);
    chownSync(folder, uid, gid);
    mkdirSync(join(home, '.ssh'));
    const lines = ['Host nas', 'HostName 127.0.0.1', `Port ${server.port}`, `User ${server.user}`];
    const files = [`IdentityFile ${server.privateKeyFile}`, `UserKnownHostsFile ${server.knownHostsFile}`];
    writeFileSync(join(home, '.ssh/config'), [...lines, ...files, ''].join('\n'));
    return {
      edit: (program) => program.replace("'documents'", `'${folder}/documents'`),
      address: `sftp://nas${folder}/documents`,
      env: { SSH_AUTH_SOCK: '' },
      arrived: () => existsSync(join(folder, 'documents/letter.txt')),
    };
  };
}

function ftpServer(server) {
  const { host, port, user, password, certificate, files, root, ids } = server;
  return async (name, home) => {
    const folder = join(files, name);
    mkdirSync(folder);
    if (ids !== undefined) chownSync(folder, ...ids);
    const authority = join(home, 'certificate.pem');
    writeFileSync(authority, certificate);
    return {
      edit: (program) =>
        program
          .replace(
            "host: 'ftp.example.com',",
            `host: '${host}', port: ${port}, certificateAuthority: process.env['CERTIFICATE'],`,
          )
          .replace("'ann'", `'${user}'`)
          .replace("'/documents'", `'${root}/${name}/documents'`),
      address: `ftp://${user}@${host}:${port}${root}/${name}/documents`.replaceAll(/(?<!:)\/\//g, '/'),
      env: {
        FTP_PASSWORD: password,
        SYNCENGINE_FTP_PASSWORD: password,
        CERTIFICATE: certificate,
        SYNCENGINE_FTP_CA: authority,
      },
      arrived: () => existsSync(join(folder, 'documents/letter.txt')),
    };
  };
}

function googleDrive(server) {
  return async (name) => ({
    edit: (program) => program.replace('gdrive:/Backups', `gdrive:/${name}`),
    address: `gdrive:/${name}/documents`,
    env: { SYNCENGINE_GDRIVE_ACCESS_TOKEN: 'test-token', SYNCENGINE_GDRIVE_ROOT_URL: server.origin },
    arrived: () => server.person.at(`${name}/documents/letter.txt`) !== undefined,
  });
}
