import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as simulators from '../../src/index.ts';
import type { Defect } from './defects.ts';

const packages = fileURLToPath(new URL('../../..', import.meta.url));

/** A copy of the simulator with a core of its own, which has the defect. */
export interface Planted extends Disposable {
  readonly simulator: typeof simulators;
}

export async function plant(defect: Defect | undefined): Promise<Planted> {
  const folder = mkdtempSync(join(tmpdir(), 'syncengine-defect-'));
  const modules = join(folder, 'node_modules/@syncengine');
  for (const name of ['core', 'conformance']) {
    mkdirSync(join(modules, name), { recursive: true });
    cpSync(join(packages, name, 'dist'), join(modules, name, 'dist'), { recursive: true });
    writeFileSync(join(modules, name, 'package.json'), manifestOf(name));
  }
  if (defect !== undefined) {
    const file = join(modules, 'core/dist', defect.file);
    const text = readFileSync(file, 'utf8');
    const parts = text.split(defect.from);
    if (parts.length !== 2)
      throw new Error(`${defect.file} has changed: "${defect.from}" is there ${parts.length - 1} times, not once.`);
    writeFileSync(file, parts.join(defect.to));
  }
  // Sound: it is a copy of what is built from that very file.
  const simulator = (await import(
    /* @vite-ignore */ pathToFileURL(join(modules, 'conformance/dist/index.js')).href
  )) as Planted['simulator'];
  return { simulator, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** With the single files of what is built: there are neither sources nor bundles beside the copy. */
function manifestOf(name: string): string {
  const text = readFileSync(join(packages, name, 'package.json'), 'utf8');
  return text.replace(/^.*"@syncengine\/source":.*$/gm, '').replaceAll('./bundle/', './dist/');
}
