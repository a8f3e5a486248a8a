import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pnpm, run } from './run.mjs';

const root = fileURLToPath(new URL('../../packages', import.meta.url));

/** The packages that are published, with the first code block of their README. */
export function publicPackages() {
  return readdirSync(root)
    .sort()
    .map((each) => {
      const folder = join(root, each);
      const { name, private: isPrivate } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (isPrivate) return undefined;
      const [, language, program] = /^# [^\n]*\n\n```(\w+)\n(.*?)```/s.exec(readme(folder)) ?? [];
      if (program === undefined) throw new Error(`The README of ${name} does not begin with a program.`);
      return { name, folder, language, program };
    })
    .filter((each) => each !== undefined);
}

/** Packs one as it would be published. It has to be built. */
export async function packInto(target, { name, folder }) {
  const told = await run(pnpm, ['pack', '--pack-destination', target, '--json'], { cwd: folder });
  const { filename } = JSON.parse(told.slice(told.indexOf('{')));
  const path = join(target, basename(filename));
  return { name, path, file: basename(path), bytes: statSync(path).size };
}

function readme(folder) {
  return readFileSync(join(folder, 'README.md'), 'utf8');
}
