import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

interface Requirement {
  /** Programs that have to be there. */
  readonly programs: readonly string[];
  /** The command that brings them on Debian. */
  readonly install: string;
}

/** What tests may need from the system. */
export type ServerName = 'ceph' | 'rclone' | 'openssh';

const requirements: Readonly<Record<ServerName, Requirement>> = {
  ceph: {
    programs: ['ceph-mon', 'ceph-osd', 'ceph', 'ceph-authtool', 'monmaptool', 'radosgw', 'radosgw-admin'],
    install: 'apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common',
  },
  rclone: { programs: ['rclone'], install: 'apt-get install --no-install-recommends rclone' },
  openssh: { programs: ['sshd', 'ssh-keygen'], install: 'apt-get install --no-install-recommends openssh-server' },
};

/**
 * Why tests with this server cannot run on this machine, and which command helps; `undefined` when they can. Suites use it
 * as the reason of a skip. In CI (the environment says `CI=true`) nothing may be missing.
 *
 * @throws Error in CI, when something is missing
 */
export function missing(name: ServerName): string | undefined {
  const { programs, install } = requirements[name];
  const absent = programs.filter((program) => programPath(program) === undefined);
  if (absent.length === 0) return undefined;
  const reason = `${absent.join(', ')} not installed; run: ${install}`;
  if (process.env['CI'] === 'true') throw new Error(`The tests need ${name}: ${reason}`);
  return reason;
}

/** Where a program lies; servers often stand in folders that are not on everybody's path. */
export function programPath(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: either way it is not the one to run.
    return false;
  }
}
