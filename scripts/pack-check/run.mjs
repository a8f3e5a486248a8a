import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';

/** pnpm as everybody gets it who has npm only. */
export const pnpm = ['npx', '-y', 'pnpm@12.21.0'];

/**
 * Runs a program to its end and gives its standard output. The servers run in this process, so it must not wait for it.
 *
 * @throws Error with all that it said, when it ended with anything but 0
 */
export async function run(program, args, { cwd, env = environment() }) {
  const [file, ...first] = [program].flat();
  try {
    const { stdout } = await promisify(execFile)(file, [...first, ...args], { cwd, env, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { code, signal, stdout = '', stderr = '' } = error;
    const told = `${stdout}${stderr}`.trim();
    throw new Error(`${[file, ...first, ...args].join(' ')}\nended with ${signal ?? code}:\n${told}`, { cause: error });
  }
}

/** Ours, without what the script runner added: that would tell the package managers of this project. */
export function environment(more = {}) {
  const added = /^(?:npm_(?:package|lifecycle)_|INIT_CWD$|NODE_PATH$)/;
  const own = Object.entries(process.env).filter(([name]) => !added.test(name));
  return { ...Object.fromEntries(own), ...more };
}
