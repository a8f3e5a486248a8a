// What stands on a side, read without any help of the engine.
import { chmodSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { idOf, isEditedInPlace, isMeantToBeEmpty } from './contents.mjs';

const reserved = '.syncengine';

/**
 * @returns `live`: by path what stands there, as text that is equal for equal things; `modes`: permission bits of files;
 *   `ids`: contents that are there, in the trash, among the versions or on their way through a temporary name too;
 *   `torn`: files that hold what nobody wrote; `staging`: what is left of unfinished work
 */
export function takeCensus(root) {
  const census = { live: new Map(), modes: new Map(), ids: new Set(), torn: [], staging: [] };
  walk(root, '', census);
  return census;
}

function walk(root, directory, census) {
  for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!isReserved(path)) census.live.set(path, 'folder');
      walk(root, path, census);
    } else if (/^\.syncengine\/(?!trash\/|versions\/)/.test(path)) {
      census.staging.push(path);
      // Content that changes places stands under a temporary name in between; unfinished copies are no content.
      if (!path.startsWith(`${reserved}/staging/`)) note(root, path, entry, census);
    } else note(root, path, entry, census);
  }
}

function note(root, path, entry, census) {
  const told = tell(root, path, entry);
  if (told.id !== undefined) census.ids.add(told.id);
  if (isReserved(path)) return;
  census.live.set(path, told.text);
  if (entry.isFile()) census.modes.set(path, lstatSync(join(root, path)).mode & 0o777);
  if (told.torn) census.torn.push(path);
}

function tell(root, path, entry) {
  if (entry.isSymbolicLink()) return { text: `-> ${readlinkSync(join(root, path))}` };
  if (!entry.isFile()) return { text: 'something else' };
  const content = readFileSync(join(root, path));
  const id = idOf(content);
  if (id !== undefined) return { id, text: `content ${id}` };
  if (content.length === 0 && isMeantToBeEmpty(path)) return { text: 'empty' };
  return { text: `torn, ${content.length} bytes`, torn: !isEditedInPlace(path) };
}

function isReserved(path) {
  return path === reserved || path.startsWith(`${reserved}/`);
}

/** Whatever lost its permissions gets them back, wherever it is by now. */
export function restorePermissions(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const place = join(directory, entry.name);
    if (entry.isSymbolicLink()) continue;
    const { mode } = lstatSync(place);
    if (entry.isDirectory()) {
      if ((mode & 0o700) !== 0o700) chmodSync(place, 0o755);
      restorePermissions(place);
    } else if ((mode & 0o400) === 0) chmodSync(place, 0o644);
  }
}
