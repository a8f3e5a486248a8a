import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { run } from './run.mjs';

/** Every package is loaded by `import` and by `require`, alone in its process, and gives the same names both ways. */
export async function checkImports({ folder, manager }, packages, check) {
  writeFileSync(join(folder, 'import.mjs'), 'console.log(Object.keys(await import(process.argv[2])).join());\n');
  writeFileSync(join(folder, 'require.cjs'), 'console.log(Object.keys(require(process.argv[2])).join());\n');
  const names = async (program, name) => {
    const told = await run(process.execPath, [program, name], { cwd: folder });
    return told
      .trim()
      .split(',')
      .filter((each) => !/^(?:__esModule|module\.exports)$/.test(each))
      .sort();
  };
  for (const { name } of packages) {
    await check(`${manager}: ${name} by import and by require`, async () => {
      const [imported, required] = [await names('import.mjs', name), await names('require.cjs', name)];
      if (imported.join() !== required.join()) throw new Error(`import gives ${imported}, require gives ${required}`);
      return `${imported.length} names`;
    });
  }
}
