// Trees to measure on, made from a seed: the same files, with the same content and old times, on every machine.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const tops = 10;
const perFolder = 20;
const deepest = 7;

/** Numbers from 0 up to but without `limit`, the same each time. */
export function numbersFrom(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** About twenty files a folder, in ten equal parts; 2 kB a file on average, or as many bytes as `sizeOf` says. */
export function makeTree(root, files, seed = 1, sizeOf = (random) => 100 + random(3800)) {
  const random = numbersFrom(seed);
  const parts = Array.from({ length: tops }, (_, part) => [join(root, `part-${part}`)]);
  for (const [folder] of parts) mkdirSync(folder, { recursive: true });
  for (let made = tops; made * perFolder < files; made += 1) {
    const part = parts[made % tops];
    const above = part[random(part.length)];
    const isDeep = above.slice(root.length).split('/').length > deepest;
    const folder = join(isDeep ? part[0] : above, `folder-${made.toString(16)}`);
    mkdirSync(folder);
    part.push(folder);
  }
  const pool = Buffer.from(Array.from({ length: 1 << 16 }, () => random(256)));
  for (let index = 0; index < files; index += 1) {
    const part = parts[index % tops];
    const path = join(part[random(part.length)], `file-${index.toString(16)}.txt`);
    const size = sizeOf(random);
    const start = random(pool.length - Math.min(size, pool.length - 1));
    writeFileSync(path, pool.subarray(start, start + size));
    const time = 1_704_067_200 + random(20_000_000);
    utimesSync(path, time, time);
  }
}

/** Files of so many MiB in one folder. */
export function makeLarge(root, files, mebibytes) {
  const random = numbersFrom(5);
  const block = Buffer.from(Array.from({ length: 1 << 20 }, () => random(256)));
  mkdirSync(root, { recursive: true });
  for (let index = 0; index < files; index += 1) {
    const descriptor = openSync(join(root, `large-${index}`), 'w');
    for (let written = 0; written < mebibytes; written += 1) {
      block.writeUInt32BE(written, index);
      writeSync(descriptor, block);
    }
    closeSync(descriptor);
  }
}

/** Edits one file of a hundred, adds one of two hundred, deletes as many. */
export function changeSome(root, seed) {
  const random = numbersFrom(seed);
  const files = filesIn(root);
  const take = (count) =>
    Array.from({ length: Math.max(1, Math.floor(count)) }, () => files.splice(random(files.length), 1)[0]);
  const count = files.length;
  for (const path of take(count / 100)) writeFileSync(path, `edited ${seed} `.repeat(10 + random(300)));
  for (const path of take(count / 200)) rmSync(path);
  for (const [index, path] of take(count / 200).entries())
    writeFileSync(join(path, '..', `added-${seed}-${index}.txt`), 'added '.repeat(330));
}

/** Renames the folder that holds a tenth of all files. */
export function renamePart(root, seed) {
  const name = readdirSync(root).find((candidate) => candidate.startsWith('part-3'));
  renameSync(join(root, name), join(root, `part-3-renamed-${seed}`));
}

function filesIn(folder) {
  const files = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...filesIn(path));
    else files.push(path);
  }
  return files;
}
