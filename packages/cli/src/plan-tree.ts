import type { SyncPlan } from '@syncengine/core';
import type { Colors } from './colors.ts';
import { displayWidth } from './display-width.ts';
import { printable } from './printable.ts';
import { conflictOutcome, isIdlePlan, operationPieces, planEnd } from './report-text.ts';

/** Names are set in one column as long as they are not longer than this. */
const widestName = 36;

/** A name of the tree, with what is to happen there. */
interface Branch {
  readonly children: Map<string, Branch>;
  /** Each without the name, which stands once. */
  readonly happenings: string[];
  isDirectory: boolean;
}

interface Line {
  readonly head: string;
  readonly happenings: readonly string[];
}

/** A plan as a tree: what would be done where, with sizes and reasons, and the totals. */
export function planTree(plan: SyncPlan, deletions: readonly string[], colors: Colors): readonly string[] {
  if (isIdlePlan(plan)) return planEnd(plan, deletions);
  const lines = linesOf(treeOf(plan, colors), '');
  const width = Math.max(...lines.map(({ head }) => displayWidth(head)).filter((each) => each <= widestName), 1);
  const aligned = lines.flatMap(({ head, happenings }) => {
    const padded = `${head}${' '.repeat(Math.max(0, width - displayWidth(head)))}`;
    if (happenings.length === 0) return [head];
    return happenings.map((happening, index) => `${index === 0 ? padded : ' '.repeat(width)}  ${happening}`);
  });
  return [...aligned, ...planEnd(plan, deletions)];
}

function treeOf(plan: SyncPlan, colors: Colors): Branch {
  const root = newBranch();
  for (const operation of plan.operations) {
    const { verb, side, details, isDirectory } = operationPieces(operation, colors);
    const branch = branchAt(root, operation.path);
    branch.isDirectory ||= isDirectory;
    branch.happenings.push(`${verb}  ${side === 'destination' ? '->' : '<-'} ${side.padEnd(11)}  ${details}`);
  }
  for (const conflict of plan.conflicts) {
    const text = `(${conflict.reason}; ${conflictOutcome(conflict)})`;
    branchAt(root, conflict.path).happenings.unshift(`${colors.magenta('conflict')}  ${colors.dim(text)}`);
  }
  return root;
}

function branchAt(root: Branch, path: string): Branch {
  let branch = root;
  for (const name of path.split('/')) {
    let child = branch.children.get(name);
    if (child === undefined) {
      child = newBranch();
      branch.children.set(name, child);
    }
    branch.isDirectory = true;
    branch = child;
  }
  return branch;
}

function newBranch(): Branch {
  return { children: new Map(), happenings: [], isDirectory: false };
}

function linesOf(branch: Branch, indent: string): readonly Line[] {
  const names = [...branch.children.keys()].sort();
  return names.flatMap((name) => {
    const child = branch.children.get(name) ?? newBranch();
    const head = `${indent}${printable(name)}${child.isDirectory ? '/' : ''}`;
    return [{ head, happenings: child.happenings }, ...linesOf(child, `${indent}  `)];
  });
}
