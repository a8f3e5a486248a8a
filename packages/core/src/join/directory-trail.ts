import type { BaseRecord } from '../compare/index.ts';
import type { IgnoreChain, IgnoreFileManager } from '../ignore/index.ts';
import { nameOf, parentOf, withoutSlash } from '../paths/index.ts';
import { directoriesTo } from './cursor.ts';
import type { Observation } from './observation.ts';

interface OpenDirectory {
  /** Order key, with its slash; `''` for the root. */
  readonly order: string;
  readonly source: string;
  readonly destination: string;
  readonly sourceIgnore: SideRules;
  readonly destinationIgnore: SideRules;
}

/** The ignore rules of a side inside a directory. */
interface SideRules {
  /** As the side's own ignore files have them. */
  readonly own: IgnoreChain;
  /** As they are applied to the pair: where only one side has an ignore file, it is about to come to the other. */
  readonly inForce: IgnoreChain;
}

/**
 * The directories that are open at the present point of a join, from the root down: how each side spells them and
 * which ignore rules each side has in force.
 */
export class DirectoryTrail {
  readonly #ignore: IgnoreFileManager;
  readonly #open: OpenDirectory[] = [];
  #top: OpenDirectory;

  constructor(ignore: IgnoreFileManager) {
    this.#ignore = ignore;
    const own = ignore.root();
    const rules = { own, inForce: own };
    this.#top = { order: '', source: '', destination: '', sourceIgnore: rules, destinationIgnore: rules };
  }

  /** Tells the rules in force at the two roots; before the first step. */
  start(sourceIgnore: IgnoreChain | undefined, destinationIgnore: IgnoreChain | undefined): void {
    this.#top = { ...this.#top, ...this.#rulesInside(sourceIgnore, destinationIgnore) };
  }

  /** Leaves the directories that `order` does not lie in. */
  climbTo(order: string): void {
    while (!order.startsWith(this.#top.order)) {
      const parent = this.#open.pop();
      if (parent === undefined) return;
      this.#top = parent;
    }
  }

  /** Goes to a place where both sides spell everything as the key does, and none has rules of its own. */
  passTo(order: string): void {
    this.climbTo(order);
    for (const directory of directoriesTo(order, this.#top.order)) {
      const path = withoutSlash(directory);
      this.descend(directory, { source: path, destination: path }, undefined, undefined);
    }
  }

  descend(
    order: string,
    paths: { readonly source: string; readonly destination: string },
    sourceIgnore: IgnoreChain | undefined,
    destinationIgnore: IgnoreChain | undefined,
  ): void {
    this.#open.push(this.#top);
    this.#top = {
      order,
      ...paths,
      ...this.#rulesInside(sourceIgnore, destinationIgnore),
    };
  }

  #rulesInside(
    source: IgnoreChain | undefined,
    destination: IgnoreChain | undefined,
  ): Pick<OpenDirectory, 'sourceIgnore' | 'destinationIgnore'> {
    const { sourceIgnore, destinationIgnore } = this.#top;
    if (
      (source ?? sourceIgnore.own) === sourceIgnore.own &&
      (destination ?? destinationIgnore.own) === destinationIgnore.own
    ) {
      return { sourceIgnore, destinationIgnore };
    }
    return {
      sourceIgnore: rulesOf(source, sourceIgnore, destination, destinationIgnore),
      destinationIgnore: rulesOf(destination, destinationIgnore, source, sourceIgnore),
    };
  }

  /** Each side's spelling of a path; a side that does not have it takes the other's name in its own parent. */
  paths(
    base: BaseRecord | undefined,
    source: string | undefined,
    destination: string | undefined,
    key: string,
  ): { readonly source: string; readonly destination: string } {
    const top = this.#top;
    const spell = (
      own: string | undefined,
      other: string | undefined,
      before: string | undefined,
      side: 'source' | 'destination',
    ): string => {
      if (own !== undefined) return own;
      const otherDirectory = side === 'source' ? top.destination : top.source;
      if (before === undefined && other !== undefined) return below(top[side], other, otherDirectory);
      // Where directories are only implied, the trail does not know the parent: the base does.
      if (!isParent(top.order, key)) return before ?? key;
      return below(top[side], nameOf(before ?? key), '');
    };
    return {
      source: spell(source, destination, base?.source.path, 'source'),
      destination: spell(destination, source, base?.destination.path, 'destination'),
    };
  }

  /**
   * A side is scanned under its own ignore files only. Here each side's entries meet the other side's rules, so that a
   * path is excluded when the rules of either side exclude it.
   */
  excludedByOther(source: Observation, destination: Observation, order: string): Observation | undefined {
    const { sourceIgnore, destinationIgnore } = this.#top;
    if (sourceIgnore.inForce.fingerprint === destinationIgnore.inForce.fingerprint && !this.#isAdded())
      return undefined;
    const isExcluded = (observation: Observation, { inForce }: SideRules): boolean =>
      observation.state === 'present' && this.#ignore.excludes(inForce, observation.entry.path, order.endsWith('/'));
    if (isExcluded(source, destinationIgnore)) return { state: 'excluded', reason: 'ignored by the destination' };
    if (isExcluded(destination, sourceIgnore)) return { state: 'excluded', reason: 'ignored by the source' };
    return undefined;
  }

  /** True where a side was scanned without rules that are in force. */
  #isAdded(): boolean {
    const { sourceIgnore, destinationIgnore } = this.#top;
    return sourceIgnore.own !== sourceIgnore.inForce || destinationIgnore.own !== destinationIgnore.inForce;
  }
}

/** The rules of a side inside a directory, from its own scan and what the other side has there. */
function rulesOf(
  scanned: IgnoreChain | undefined,
  around: SideRules,
  otherScanned: IgnoreChain | undefined,
  otherAround: SideRules,
): SideRules {
  const own = scanned ?? around.own;
  if (own !== around.own) return { own, inForce: own };
  const other = otherScanned ?? otherAround.own;
  const comesOver = other !== otherAround.own && around.inForce.fingerprint === otherAround.inForce.fingerprint;
  return { own, inForce: comesOver ? other : around.inForce };
}

function isParent(order: string, key: string): boolean {
  const parent = parentOf(key);
  return parent === '' ? order === '' : order === `${parent}/`;
}

function below(directory: string, path: string, pathDirectory: string): string {
  const rest = pathDirectory === '' ? path : path.slice(pathDirectory.length + 1);
  return directory === '' ? rest : `${directory}/${rest}`;
}
