import { isSyncEngineError, type SyncEngineError, type SyncPlan, type SyncResult } from '@syncengine/core';
import type { Fault } from './case.ts';
import { describeError, told } from './describe.ts';
import { PromiseBroken } from './promise-broken.ts';
import type { Session } from './session.ts';

/** What was planned right before is what the run planned; `planned` came from listings in another order. */
export function requireSamePlan(planned: SyncPlan, result: SyncResult): void {
  const { plan } = result;
  if (plan === undefined || told(planned) !== told(plan)) {
    throw new PromiseBroken(
      'the dry run is the run',
      `The dry run planned\n${told(planned)}\nand the run right after it, with another order of listings,\n${plan === undefined ? 'nothing' : told(plan)}`,
    );
  }
  if (result.status === 'clean') requireAllDone(result);
}

export function requireAllDone({ plan, operations }: SyncResult): void {
  if (plan?.operations.length === operations.length) return;
  throw new PromiseBroken(
    'a run tells the truth',
    `A clean run did ${operations.length} of ${plan?.operations.length} operations.`,
  );
}

/** Without faults there is no problem but names, links and folders that hold something that must stay. */
export function requireHonest({ problems }: SyncResult): void {
  const blocked = problems.filter(({ code }) => code === 'not-empty').map(({ path }) => path);
  const odd = problems.find(
    ({ code, path }) =>
      !['name-collision', 'unsupported-name', 'not-empty'].includes(code) &&
      !(code === 'dependency-failed' && blocked.includes(path)),
  );
  if (odd === undefined) return;
  throw new PromiseBroken(
    'a run does not break',
    `An undisturbed run met ${odd.code} at ${JSON.stringify(odd.path)} on the ${odd.side}: ${odd.message}`,
  );
}

/** A run that a rail stopped had not begun. */
export function requireUntouchedWhereStopped({ code }: SyncEngineError, { effects }: Session): void {
  if (effects.length === 0) return;
  throw new PromiseBroken(
    'a run tells the truth',
    `The run was stopped by ${code}, but it had begun to change things.`,
  );
}

/** A disturbed run may end with an error only where no single path is to blame. */
export function requireExplained(error: unknown, session: Session, faults: readonly Fault[]): void {
  const isStopped = isSyncEngineError(error) && error.code.startsWith('rail-');
  if (isStopped) requireUntouchedWhereStopped(error, session);
  const isRoot = isSyncEngineError(error) && (error.code === 'root-unreadable' || error.code === 'root-missing');
  // A change that fails concerns one path, or none: no reason to give up the whole run.
  const isUnseen = faults.some(({ kind }) => kind !== 'effect');
  if (session.dead || isStopped || (isRoot && session.disturbed && isUnseen)) return;
  throw new PromiseBroken('a run does not break', `A disturbed run ended with ${describeError(error)}`, error);
}
