import type { MemoryStorageClient } from '../../src/index.ts';
import type { TestClock } from '../support/clock.ts';
import type { Dice } from '../support/dice.ts';

const names = ['a', 'b', 'c.txt', 'd.e'];
const trickyNames = [...names, 'A', 'C.TXT', '\u00e9', 'e\u0301'];

/** Numbers the contents, so that each is the only one of its kind. */
function content(dice: Dice): string {
  return `${String(dice.count()).padStart(4, '0')}${'.'.repeat(dice.below(3))}`;
}

/** A few random things that someone does to a side, one after the other: a coarse clock tells their times apart. */
export function live(side: MemoryStorageClient, dice: Dice, deeds: number, clock: TestClock): void {
  for (let deed = 0; deed < deeds; deed += 1) {
    clock.advance(2000);
    dice.pick(likelyDeeds)(side, dice);
  }
  if (dice.likesIgnoring && dice.oneIn(3)) ignore(side, dice);
}

/** The same contents come to both sides, as if by another way. */
export function liveTogether(sides: readonly MemoryStorageClient[], dice: Dice): void {
  const path = randomPath(dice);
  const text = content(dice);
  for (const side of sides) {
    clearTheWay(side, path);
    side.put(path, text);
  }
}

type Deed = (side: MemoryStorageClient, dice: Dice) => void;

const create: Deed = (side, dice) => {
  const path = randomPath(dice);
  clearTheWay(side, path);
  side.put(path, content(dice));
};

const edit: Deed = (side, dice) => {
  const path = existing(side, dice, (told) => !told.endsWith('/'));
  if (path === undefined || side.text(path) === undefined) return;
  side.put(path, content(dice));
};

const touch: Deed = (side, dice) => {
  const path = existing(side, dice, (told) => !told.endsWith('/'));
  if (path === undefined || side.text(path) === undefined) return;
  side.touch(
    path,
    dice.oneIn(2)
      ? { modifiedAt: 1_700_000_000_000 + dice.count() * 10_000 }
      : { permissions: dice.pick([0o600, 0o640]) },
  );
};

const remove: Deed = (side, dice) => {
  const path = existing(side, dice, () => true);
  if (path !== undefined) side.delete(withoutSlash(path));
};

const makeDirectory: Deed = (side, dice) => {
  if (side.capabilities.directories === 'implied') return;
  const path = randomPath(dice);
  clearTheWay(side, path);
  side.putDirectory(path);
};

const link: Deed = (side, dice) => {
  if (!side.capabilities.symlinks) return;
  const path = randomPath(dice);
  clearTheWay(side, path);
  side.putSymlink(path, dice.pick(names));
};

const patterns = ['a', 'b/', '*.txt', '/d.e', '!a', '!c.txt', 'a/b', '**/c.txt/', '.syncignore'];

const ignore: Deed = (side, dice) => {
  const folder = existing(side, dice, (told) => told.endsWith('/')) ?? '';
  const lines = Array.from({ length: 1 + dice.below(2) }, () => dice.pick(patterns));
  side.put(`${dice.oneIn(2) ? folder : ''}.syncignore`, `${lines.join('\n')}\n`);
};

const rename: Deed = (side, dice) => {
  const from = existing(side, dice, () => true);
  const to = randomPath(dice);
  const folded = (path: string): string => `${withoutSlash(path)}/`.normalize('NFC').toLowerCase();
  const isInside = (path: string): boolean => folded(path).startsWith(folded(from ?? ''));
  if (from === undefined || isInside(to)) return;
  clearTheWay(side, to);
  const isFree = !exists(side, to);
  if (isFree && exists(side, withoutSlash(from))) side.rename(withoutSlash(from), to);
};

const likelyDeeds: readonly Deed[] = [
  create,
  create,
  create,
  edit,
  edit,
  remove,
  remove,
  makeDirectory,
  link,
  rename,
  rename,
  touch,
];

function randomPath(dice: Dice): string {
  const known = dice.likesTrickyNames ? trickyNames : names;
  return Array.from({ length: 1 + dice.below(3) }, () => dice.pick(known)).join('/');
}

function existing(side: MemoryStorageClient, dice: Dice, wanted: (told: string) => boolean): string | undefined {
  const paths = [...side.snapshot().keys()].filter(
    (path) => path !== 'anchor' && !path.endsWith('.syncignore') && wanted(path),
  );
  return paths.length === 0 ? undefined : dice.pick(paths);
}

/** Whatever stands at the path, or is a file where a directory is needed, goes. */
function clearTheWay(side: MemoryStorageClient, path: string): void {
  const segments = path.split('/');
  for (let depth = 1; depth <= segments.length; depth += 1) {
    const told = toldAt(side, segments.slice(0, depth).join('/'));
    if (told !== undefined && (depth === segments.length || !told.endsWith('/'))) side.delete(withoutSlash(told));
  }
}

function exists(side: MemoryStorageClient, path: string): boolean {
  return toldAt(side, path) !== undefined;
}

/** The name under which a side tells what it holds at a path. */
function toldAt(side: MemoryStorageClient, path: string): string | undefined {
  const { caseSensitive, unicode } = side.capabilities;
  const keyOf = (text: string): string => {
    const form = unicode === 'preserved' ? text : text.normalize('NFC');
    return caseSensitive ? form : form.toLowerCase();
  };
  return [...side.snapshot().keys()].find((told) => keyOf(withoutSlash(told)) === keyOf(path));
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
