import { spawnSync } from 'node:child_process';
import { binary } from './process.ts';

/** Root may read and write everything: it gives that up first. Everybody else has nothing to give up. */
const surrender: readonly string[] =
  process.getuid?.() === 0
    ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', '--inh-caps', '-dac_override,-dac_read_search']
    : ['env'];

/** Runs the command to its end as a user for whom permissions mean something. */
export function runUnprivileged(argv: readonly string[]): {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const [program = 'env', ...args] = [...surrender, process.execPath, binary, ...argv];
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}
