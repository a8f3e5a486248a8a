export { type ConflictCopyName, conflictMark, parseConflictCopy, withoutConflictMarks } from './conflict-mark.ts';
export { type CaseFolding, joinKey, orderKey, withoutSlash } from './key.ts';
export { byteLength, type NameRules, nameProblem, requireValidPath, unsupportedName } from './name.ts';
export { compareUtf8 } from './order.ts';
export { ancestorsOf, childOf, depthOf, isReserved, isWithin, nameOf, parentOf, reservedName } from './path.ts';
export {
  endsRunBefore,
  longestRun,
  orderAround,
  type WalkedTree,
  WalkReader,
  WalkWriter,
} from './tree-walk.ts';
