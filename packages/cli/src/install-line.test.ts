import { expect, test } from 'vitest';
import { installLine } from './install-line.ts';

test.each([
  ['/work/project', '/work/project/node_modules/@syncengine/cli/dist/x.js', 'npm install it'],
  ['/work/project/deep', '/work/project/node_modules/.pnpm/a/node_modules/@syncengine/cli/x.js', 'npm install it'],
  ['/work/other', '/work/project/node_modules/@syncengine/cli/dist/x.js', 'npm install --global it'],
  ['/home/me', '/usr/lib/node_modules/@syncengine/cli/dist/x.js', 'npm install --global it'],
  ['/home/me', '/home/me/.npm/_npx/1f/node_modules/@syncengine/cli/x.js', 'npx -p @syncengine/cli -p it syncengine'],
  ['C:\\me', 'C:\\me\\node_modules\\@syncengine\\cli\\x.js', 'npm install it'],
  ['/home/me', '/home/me/syncengine/packages/cli/src/x.ts', 'npm install it'],
])('in %s, for the command at %s', (cwd, self, line) => {
  expect(installLine('it', cwd, self)).toBe(line);
});
