// Looks at both folders over and over while a run is going: is any file half, is any name without its file for a moment?
import { closeSync, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { idOf, isEditedInPlace, isMeantToBeEmpty } from './contents.mjs';

let watched;

parentPort.on('message', (message) => {
  if (message.watch === undefined) {
    parentPort.postMessage({ torn: watched.torn, gaps: [...watched.gaps], rounds: watched.rounds });
    watched = undefined;
    return;
  }
  watched = {
    places: message.watch,
    standing: message.standing,
    torn: [],
    gaps: new Set(),
    seen: new Map(),
    rounds: 0,
  };
  void look(watched);
});

async function look(task) {
  while (task === watched) {
    for (const root of task.places) scan(task, root, '');
    for (const place of task.standing) if (isGone(place)) task.gaps.add(place);
    task.rounds += 1;
    await sleep(1);
  }
}

function scan(task, root, directory) {
  for (const entry of attempt(() => readdirSync(join(root, directory), { withFileTypes: true })) ?? []) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (path === '.syncengine') continue;
    if (entry.isDirectory()) scan(task, root, path);
    else if (entry.isFile() && !isEditedInPlace(path)) attempt(() => read(task, root, path));
  }
}

function read(task, root, path) {
  const descriptor = openSync(join(root, path), 'r');
  try {
    const { ino, size, mtimeMs, ctimeMs } = fstatSync(descriptor);
    const signature = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
    const place = join(root, path);
    if (task.seen.get(place) === signature) return;
    task.seen.set(place, signature);
    const content = readFileSync(descriptor);
    if (idOf(content) !== undefined || (content.length === 0 && isMeantToBeEmpty(path))) return;
    task.torn.push(
      `${place}: ${content.length} bytes that begin with ${JSON.stringify(content.toString('latin1', 0, 60))}`,
    );
  } finally {
    closeSync(descriptor);
  }
}

function isGone(place) {
  try {
    return lstatSync(place, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    if (error.code === 'EACCES' || error.code === 'ENOTDIR') return false;
    throw error;
  }
}

function attempt(look) {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR', 'ELOOP', 'EISDIR'].includes(error.code)) return undefined;
    throw error;
  }
}
