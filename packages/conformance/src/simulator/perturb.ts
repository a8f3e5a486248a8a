import { isSyncEngineError, type Side } from '@syncengine/core';
import type { Step } from './case.ts';
import { type Census, directoryMark, takeCensus } from './census.ts';
import { beginning } from './simulated-clock.ts';
import { pace, type World } from './world.ts';

/** What became of a step: in words, and the contents that its owner gave up. */
export interface Deed {
  readonly side: Side;
  readonly story: string;
  readonly paths: readonly string[];
  readonly gone: readonly string[];
  readonly brought: readonly string[];
}

/** Does one step. A step that finds nothing to act upon, or that the store refuses, is no deed. */
export async function perturb(world: World, step: Step): Promise<Deed[]> {
  if (!step.hasty) world.clock.time += pace;
  const sides = step.side === 'both' ? (['source', 'destination'] as const) : [step.side];
  const content = newContent(world, step.size);
  const target = step.side === 'both' ? await sharedTarget(world, step) : undefined;
  const deeds: Deed[] = [];
  for (const side of sides) {
    const census = takeCensus(world.clients[side]);
    // Without a wait where none is needed: what was seen is what is then acted upon.
    const { live } = census instanceof Promise ? await census : census;
    const actor = new Actor(world, side, step, live, content, target);
    try {
      const story = await actor.act();
      if (story !== undefined)
        deeds.push({ side, story, paths: actor.paths, gone: actor.gone, brought: actor.brought });
    } catch (error) {
      if (!isSyncEngineError(error)) throw error;
      // The store would not have it (a folder into itself, a name that is taken): then nobody did it, or half of it.
      if (actor.paths.length > 0)
        deeds.push({
          side,
          story: `tried ${step.action}: ${error.code}`,
          paths: actor.paths,
          gone: actor.gone,
          brought: actor.brought,
        });
    }
  }
  return deeds;
}

/** A content that no other file has, cut to size. */
function newContent(world: World, size: number): string {
  if (size === 0) return '';
  world.contents += 1;
  const text = `<${world.contents.toString(36).padStart(4, '0')}>`.padEnd(size, '.');
  world.known.add(text);
  return text;
}

/** The path at which both sides do the same. */
async function sharedTarget(world: World, step: Step): Promise<string> {
  const { live } = await takeCensus(world.clients.source);
  if (step.action === 'edit' || step.action === 'delete') return pickOf([...live.keys()], step.pick) ?? step.name;
  return childOf(pickOf(['', ...directoriesOf(live)], step.other) ?? '', step.name);
}

class Actor {
  readonly #world: World;
  readonly #side: Side;
  readonly #step: Step;
  readonly #live: Census;
  readonly #content: string;
  readonly #target: string | undefined;
  readonly paths: string[] = [];
  readonly gone: string[] = [];
  readonly brought: string[] = [];

  constructor(world: World, side: Side, step: Step, live: Census, content: string, target: string | undefined) {
    this.#world = world;
    this.#side = side;
    this.#step = step;
    this.#live = live;
    this.#content = content;
    this.#target = target;
  }

  async act(): Promise<string | undefined> {
    const { action, size } = this.#step;
    switch (action) {
      case 'create':
        return await this.#put(this.#target ?? this.#newPath());
      case 'edit': {
        const path = this.#target ?? this.#file();
        return path === undefined ? undefined : await this.#put(path);
      }
      case 'edit-same-size': {
        const path = this.#file();
        const before = path === undefined ? undefined : this.#live.get(path);
        if (path === undefined || before === undefined || before.length < 8) return undefined;
        const text = this.#content.slice(0, 6).padEnd(before.length, '.');
        if (size === 0) return undefined;
        this.#world.known.add(text);
        return await this.#put(path, text);
      }
      case 'make-directory': {
        const path = this.#target ?? this.#newPath();
        if (this.#live.has(path)) return undefined;
        this.paths.push(path);
        await this.#person.putDirectory(path);
        return `makes the folder ${quoted(path)}`;
      }
      case 'delete': {
        const path = this.#target ?? pickOf([...this.#live.keys()], this.#step.pick);
        if (path === undefined || !this.#live.has(path)) return undefined;
        await this.#delete(path);
        return `deletes ${quoted(path)}`;
      }
      case 'rename':
        return await this.#rename(this.#any(), this.#newPath());
      case 'swap':
        return await this.#swap(this.#any(), pickOf([...this.#live.keys()], this.#step.other));
      case 'recase':
        return await this.#renameLast((name) =>
          name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase(),
        );
      case 'respell':
        return await this.#renameLast((name) =>
          name === name.normalize('NFC') ? name.normalize('NFD') : name.normalize('NFC'),
        );
      case 'to-file': {
        const path = pickOf(directoriesOf(this.#live), this.#step.pick);
        if (path === undefined) return undefined;
        await this.#delete(path);
        return await this.#put(path);
      }
      case 'to-directory': {
        const path = this.#file();
        if (path === undefined) return undefined;
        await this.#delete(path);
        return await this.#put(childOf(path, this.#step.name));
      }
      case 'link':
        return await this.#link();
      case 'duplicate': {
        const path = this.#file();
        return path === undefined ? undefined : await this.#put(this.#newPath(), this.#live.get(path));
      }
      case 'touch':
      case 'permit':
        return await this.#touch();
    }
  }

  get #person(): World['persons'][Side] {
    return this.#world.persons[this.#side];
  }

  async #put(path: string, text = this.#content): Promise<string | undefined> {
    const before = this.#live.get(path);
    if (before === directoryMark && !this.paths.includes(path)) return undefined;
    this.#touched(path);
    await this.#person.put(path, text);
    this.brought.push(text);
    return `writes ${JSON.stringify(text)} to ${quoted(path)}`;
  }

  async #delete(path: string): Promise<void> {
    for (const [below] of this.#live) if (below === path || below.startsWith(`${path}/`)) this.#touched(below);
    await this.#person.delete(path);
  }

  async #rename(from: string | undefined, to: string): Promise<string | undefined> {
    if (from === undefined || from === to) return undefined;
    for (const [below] of this.#live) {
      if (below === from || below.startsWith(`${from}/`)) this.paths.push(below, `${to}${below.slice(from.length)}`);
    }
    await this.#person.rename(from, to);
    return `renames ${quoted(from)} to ${quoted(to)}`;
  }

  async #renameLast(change: (name: string) => string): Promise<string | undefined> {
    const from = this.#any();
    if (from === undefined) return undefined;
    const slash = from.lastIndexOf('/') + 1;
    return await this.#rename(from, from.slice(0, slash) + change(from.slice(slash)));
  }

  async #swap(left: string | undefined, right: string | undefined): Promise<string | undefined> {
    if (left === undefined || right === undefined || left === right) return undefined;
    if (left.startsWith(`${right}/`) || right.startsWith(`${left}/`)) return undefined;
    const aside = 'aside.swap';
    await this.#rename(left, aside);
    await this.#rename(right, left);
    for (const [below] of this.#live) {
      if (below.startsWith(`${left}/`)) this.paths.push(`${right}${below.slice(left.length)}`);
    }
    await this.#person.rename(aside, right);
    return `swaps ${quoted(left)} and ${quoted(right)}`;
  }

  async #link(): Promise<string | undefined> {
    if (!this.#world.clients[this.#side].capabilities.symlinks) return undefined;
    const path = this.#newPath();
    if (this.#live.has(path)) return undefined;
    const target = pickOf(linkTargets, this.#step.pick) ?? 'a';
    this.#touched(path);
    this.#world.known.add(`-> ${target}`);
    await this.#person.putSymlink(path, target);
    return `links ${quoted(path)} to ${target}`;
  }

  async #touch(): Promise<string | undefined> {
    const path = this.#step.action === 'touch' ? this.#file() : this.#fileOrDirectory();
    if (path === undefined) return undefined;
    this.paths.push(path);
    if (this.#step.action === 'permit') {
      await this.#person.touch(path, { permissions: pickOf([0o644, 0o755, 0o700, 0o555], this.#step.other) });
      return `changes the permissions of ${quoted(path)}`;
    }
    // Every time is given once only: equal times are all the proof of equality that some pairs have.
    const modifiedAt =
      2 * beginning - this.#world.clock.time + (this.#world.clients[this.#side].id.length % 2) * (pace / 2);
    await this.#person.touch(path, { modifiedAt });
    return `touches ${quoted(path)}`;
  }

  #touched(path: string): void {
    this.paths.push(path);
    // Under another spelling it may be the same file: in another Unicode form sooner than in another case.
    const others = [...this.#live.keys()];
    const spelled = this.#live.has(path)
      ? path
      : (others.find((other) => other.normalize() === path.normalize()) ??
        others.find((other) => folded(other) === folded(path)));
    const before = this.#live.get(spelled ?? path);
    if (before !== undefined && before !== directoryMark) this.gone.push(before);
  }

  #newPath(): string {
    return childOf(pickOf(['', ...directoriesOf(this.#live)], this.#step.other) ?? '', this.#step.name);
  }

  #any(): string | undefined {
    return pickOf([...this.#live.keys()], this.#step.pick);
  }

  #file(): string | undefined {
    return pickOf(
      [...this.#live].filter(([, told]) => isFile(told)).map(([path]) => path),
      this.#step.pick,
    );
  }

  #fileOrDirectory(): string | undefined {
    return pickOf(
      [...this.#live].filter(([, told]) => isFile(told) || told === directoryMark).map(([path]) => path),
      this.#step.pick,
    );
  }
}

const linkTargets: readonly string[] = ['a', './b', 'c/d', '../a', '/etc/passwd', '../../../x'];

function folded(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function isFile(told: string): boolean {
  return told !== directoryMark && !told.startsWith('-> ');
}

function directoriesOf(live: Census): string[] {
  return [...live].filter(([, told]) => told === directoryMark).map(([path]) => path);
}

function pickOf<Item>(items: readonly Item[], fraction: number): Item | undefined {
  return items[Math.floor(fraction * items.length)];
}

function childOf(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

function quoted(path: string): string {
  return JSON.stringify(path);
}
