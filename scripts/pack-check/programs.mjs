import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { environment, run } from './run.mjs';

/** What `syncengine` does with addresses of each adapter, and the program at the top of each README. */
export async function checkPrograms(project, packages, { places }, check) {
  const { manager } = project;
  for (const [index, each] of packages.entries()) {
    await check(`${manager}: the first program of ${each.name}`, () =>
      checkProgram(project, each, index, places[each.name]),
    );
  }
  for (const [name, place] of Object.entries(places)) {
    await check(`${manager}: the command with ${name}`, () => checkCommand(project, name, place));
  }
}

async function checkProgram({ folder, manager }, { name, program, language }, index, place) {
  const home = newHome(folder, `program-${index}`);
  const there = await place?.(`${manager}-program`, home);
  const env = environmentOf(folder, home, there);
  if (language === 'sh') {
    await run('sh', ['-euc', program], { cwd: home, env });
    requireLetter(join(home, 'backup/documents/letter.txt'));
    return;
  }
  // As the compiler left it, but for the name of the server.
  const compiled = join(folder, 'compiled-nodenext', `program-${index}.js`);
  const text = readFileSync(compiled, 'utf8');
  writeFileSync(compiled, there?.edit?.(text) ?? text);
  const told = await run(process.execPath, [compiled], { cwd: home, env });
  if (there !== undefined) await requireArrival(there, name);
  else if (program.includes('conformance(')) requireTests(told);
  else requireLetter(join(home, 'backup/documents/letter.txt'));
}

async function checkCommand({ folder, manager }, name, place) {
  const home = newHome(folder, `command-${name.replace(/.*\//, '')}`);
  const there = await place(`${manager}-command`, home);
  const env = environmentOf(folder, home, there);
  await run('syncengine', ['sync', 'documents', there.address], { cwd: home, env });
  await requireArrival(there, name);
}

/** A user's home with one letter in it. */
function newHome(folder, name) {
  const home = join(folder, 'homes', name);
  mkdirSync(join(home, 'documents'), { recursive: true });
  writeFileSync(join(home, 'documents/letter.txt'), 'Dear reader');
  return home;
}

function environmentOf(folder, home, { env = {} } = {}) {
  const PATH = `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`;
  return environment({ ...env, PATH, HOME: home, XDG_STATE_HOME: join(home, 'state') });
}

function requireLetter(path) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== 'Dear reader') throw new Error(`${path} did not arrive.`);
}

async function requireArrival(there, name) {
  if (!(await there.arrived())) throw new Error(`The letter did not arrive by ${name}.`);
}

function requireTests(told) {
  if (!/^(?:ℹ|#) fail 0$/m.test(told) || !/^(?:ℹ|#) pass [1-9]\d\d$/m.test(told)) throw new Error(told);
}
