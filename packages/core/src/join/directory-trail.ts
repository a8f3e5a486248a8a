import type { BaseRecord } from '../compare/index.ts';
import { IgnoreChain, type IgnoreFileManager } from '../ignore/index.ts';
import { nameOf, parentOf } from '../paths/index.ts';
import type { Observation } from './observation.ts';

interface OpenDirectory {
  /** Order key, with its slash; `''` for the root. */
  readonly order: string;
  readonly source: string;
  readonly destination: string;
  /** The rules in force inside, as each side's own ignore files have them. */
  readonly sourceIgnore: IgnoreChain | undefined;
  readonly destinationIgnore: IgnoreChain | undefined;
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
    this.#top = { order: '', source: '', destination: '', sourceIgnore: undefined, destinationIgnore: undefined };
  }

  /** Tells the rules in force at the two roots; before the first step. */
  start(sourceIgnore: IgnoreChain | undefined, destinationIgnore: IgnoreChain | undefined): void {
    this.#top = { ...this.#top, sourceIgnore, destinationIgnore };
  }

  /** Leaves the directories that `order` does not lie in. */
  climbTo(order: string): void {
    while (!order.startsWith(this.#top.order)) {
      const parent = this.#open.pop();
      if (parent === undefined) return;
      this.#top = parent;
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
      sourceIgnore: sourceIgnore ?? this.#top.sourceIgnore,
      destinationIgnore: destinationIgnore ?? this.#top.destinationIgnore,
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
    if (sourceIgnore?.fingerprint === destinationIgnore?.fingerprint) return undefined;
    const isExcluded = (observation: Observation, chain: IgnoreChain | undefined): boolean =>
      observation.state === 'present' &&
      this.#ignore.excludes(chain ?? IgnoreChain.empty, observation.entry.path, order.endsWith('/'));
    if (isExcluded(source, destinationIgnore)) return { state: 'excluded', reason: 'ignored by the destination' };
    if (isExcluded(destination, sourceIgnore)) return { state: 'excluded', reason: 'ignored by the source' };
    return undefined;
  }
}

function isParent(order: string, key: string): boolean {
  const parent = parentOf(key);
  return parent === '' ? order === '' : order === `${parent}/`;
}

function below(directory: string, path: string, pathDirectory: string): string {
  const rest = pathDirectory === '' ? path : path.slice(pathDirectory.length + 1);
  return directory === '' ? rest : `${directory}/${rest}`;
}
