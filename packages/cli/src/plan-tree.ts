import { stripVTControlCharacters } from 'node:util';
import type { SyncPlan } from '@syncengine/core';
import type { Colors } from './colors.ts';
import { displayWidth, wrapWords } from './display-width.ts';
import { printable } from './printable.ts';
import { conflictOutcome, isIdlePlan, operationPieces, planEnd } from './report-text.ts';

/** Names are set in one column as long as they are not longer than this, or than what the reasons leave of the terminal. */
const widestName = 36;

/** What an operation needs beside its name, with a reason of usual length. */
const usualHappening = 58;

/** Below this a line is not broken: what is left of it would be a column of single words. */
const leastDetails = 24;

/** A name of the tree, with what is to happen there. */
interface Branch {
  readonly children: Map<string, Branch>;
  /** Each without the name, which stands once. */
  readonly happenings: Happening[];
  isDirectory: boolean;
}

interface Happening {
  /** What happens, and where: in columns of their own. */
  readonly deed: string;
  /** Why. */
  readonly details: string;
}

interface Line {
  readonly head: string;
  readonly happenings: readonly Happening[];
}

/**
 * A plan as a tree: what would be done where, with sizes and reasons, and the totals.
 *
 * @param columns that lines may take; only names that are longer take more
 */
export function planTree(
  plan: SyncPlan,
  deletions: readonly string[],
  colors: Colors,
  columns: number,
): readonly string[] {
  if (isIdlePlan(plan)) return planEnd(plan, deletions);
  const lines = linesOf(treeOf(plan, colors), '');
  const widest = Math.min(widestName, Math.max(columns - usualHappening, 12));
  const width = Math.max(...lines.map(({ head }) => displayWidth(head)).filter((each) => each <= widest), 1);
  const indent = ' '.repeat(width + 2);
  const aligned = lines.flatMap(({ head, happenings }) => {
    if (happenings.length === 0) return [head];
    const told = happenings.flatMap((happening) => toldOn(happening, indent, columns, colors));
    const [first = '', ...rest] = told;
    if (displayWidth(head) > width) {
      const oneLine = `${head}  ${first.trimStart()}`;
      const fits = rest.length === 0 && displayWidth(stripVTControlCharacters(oneLine)) <= columns;
      return fits ? [oneLine] : [head, ...told];
    }
    return [`${head}${' '.repeat(width - displayWidth(head))}${first.slice(width)}`, ...rest];
  });
  return [...aligned, ...planEnd(plan, deletions)];
}

/** On as many lines as it takes, the reasons below each other. */
function toldOn({ deed, details }: Happening, indent: string, columns: number, colors: Colors): string[] {
  const hanging = `${indent}${' '.repeat(displayWidth(stripVTControlCharacters(deed)) + 2)}`;
  const room = Math.max(columns - hanging.length, leastDetails);
  return wrapWords(details, room).map((line, index) => {
    const before = index === 0 ? `${indent}${deed}  ` : `${hanging}`;
    return `${before}${colors.dim(line)}`;
  });
}

function treeOf(plan: SyncPlan, colors: Colors): Branch {
  const root = newBranch();
  for (const operation of plan.operations) {
    const { verb, side, details, isDirectory } = operationPieces(operation, colors);
    const branch = branchAt(root, operation.path);
    branch.isDirectory ||= isDirectory;
    branch.happenings.push({ deed: `${verb}  ${side === 'destination' ? '->' : '<-'} ${side.padEnd(11)}`, details });
  }
  for (const conflict of plan.conflicts) {
    const details = `(${conflict.reason}; ${conflictOutcome(conflict)})`;
    branchAt(root, conflict.path).happenings.unshift({ deed: colors.magenta('conflict'), details });
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
