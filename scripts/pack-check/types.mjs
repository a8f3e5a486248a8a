import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { run } from './run.mjs';

/** Which compilers have to understand our types. `requiresEsm`: it lets CommonJS require ESM under `nodenext`. */
export const typescripts = [
  { version: '5.6.3', alias: 'typescript-5.6', requiresEsm: false },
  { version: '5.9.3', alias: 'typescript-5.9', requiresEsm: true },
  { version: '6.0.3', alias: 'typescript-6', requiresEsm: true },
  { version: '7.0.2', alias: 'typescript-7', requiresEsm: true },
];

const resolutions = [
  { moduleResolution: 'nodenext', module: 'nodenext' },
  { moduleResolution: 'bundler', module: 'esnext' },
];

/** Compiles the README's programs and an import of each package, with the types of all packages looked at as well. */
export async function checkTypes({ folder, manager }, packages, check) {
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  for (const [index, { program, language }] of packages.entries()) {
    if (language === 'ts' || language === 'js') writeFileSync(join(programs, `program-${index}.ts`), program);
  }
  const names = packages.map(({ name }) => name);
  writeFileSync(
    join(programs, 'all.ts'),
    names.map((name, index) => `export * as p${index} from '${name}';\n`).join(''),
  );
  writeFileSync(
    join(programs, 'common.cts'),
    names.map((name, index) => `import p${index} = require('${name}');\nexport { p${index} };\n`).join(''),
  );
  for (const { alias, version, requiresEsm } of typescripts) {
    for (const { moduleResolution, module } of resolutions) {
      await check(`${manager}: compiles with TypeScript ${version}, ${moduleResolution}`, async () => {
        const config = join(folder, `tsconfig-${version}-${moduleResolution}.json`);
        const exclude = requiresEsm && moduleResolution === 'nodenext' ? [] : ['programs/common.cts'];
        writeFileSync(
          config,
          JSON.stringify({ compilerOptions: options(module, moduleResolution), include: ['programs'], exclude }),
        );
        await run(process.execPath, [join(folder, 'node_modules', alias, 'bin/tsc'), '-p', config], { cwd: folder });
      });
    }
  }
}

function options(module, moduleResolution) {
  return {
    module,
    moduleResolution,
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    // What the last compiler leaves is what is run.
    rootDir: 'programs',
    outDir: `compiled-${moduleResolution}`,
  };
}
