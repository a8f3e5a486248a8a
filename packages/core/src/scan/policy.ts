import { SyncEngineError } from '../errors.ts';
import { childOf, parentOf } from '../paths/index.ts';
import type { SymlinkEntry } from '../storage/index.ts';

/**
 * - `safe` (default): relative links that stay inside the root are kept as links; all others are excluded.
 * - `preserve`: every link is kept as it is written.
 * - `follow`: what a link points to is taken in its place, as long as that lies inside the root.
 * - `skip`: links are excluded.
 */
export type SymlinkPolicy = 'safe' | 'preserve' | 'follow' | 'skip';

export const symlinkPolicies: readonly SymlinkPolicy[] = ['safe', 'preserve', 'follow', 'skip'];

/** @throws SyncEngineError `invalid-options` */
export function parseSymlinkPolicy(text: string): SymlinkPolicy {
  const policy = symlinkPolicies.find((candidate) => candidate === text.toLowerCase());
  if (policy !== undefined) return policy;
  throw new SyncEngineError(
    'invalid-options',
    `${JSON.stringify(text)} is no symlink policy; choose one of ${symlinkPolicies.join(', ')}.`,
  );
}

/**
 * An application's own choice of what is synchronised, besides the ignore rules.
 *
 * - `include`: taken.
 * - `exclude`: left out, with all below it.
 * - `pass`: of directories: looked into, but made on the other side only where something inside needs it.
 */
export type ScanFilter = (path: string, isDirectory: boolean) => 'include' | 'exclude' | 'pass';

/** Why a link is not synchronised under the policy, or `undefined` when it is kept as a link. */
export function symlinkExclusion(link: SymlinkEntry, policy: SymlinkPolicy, canHold: boolean): string | undefined {
  if (policy === 'skip') return 'symbolic links are skipped';
  // A link that is still told as a link under `follow` leads out of the root, in circles or to nothing.
  if (policy === 'follow') return 'the symbolic link leads out of the root, in a circle or to nothing';
  if (!canHold) return 'the other side cannot hold symbolic links';
  if (policy === 'safe' && !staysInside(link)) return 'the symbolic link leads out of the root';
  return undefined;
}

function staysInside(link: SymlinkEntry): boolean {
  if (link.target.startsWith('/') || link.target.includes('\\') || /^[a-z]:/i.test(link.target)) return false;
  let position = parentOf(link.path);
  for (const segment of link.target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') position = childOf(position, segment);
    else if (position === '') return false;
    else position = parentOf(position);
  }
  return true;
}
