import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageClient, type LocalStorageOptions } from '@syncengine/core';
import { describe, test } from 'vitest';
import { conformance } from '../src/index.ts';

/** How the root came to be; each gives the path by which it is opened, inside a folder of its own. */
interface Setup {
  readonly make: (folder: string) => Promise<string>;
  readonly options?: LocalStorageOptions;
}

const setups: Readonly<Record<string, Setup>> = {
  'a local folder': {
    make: async (folder) => {
      await mkdir(join(folder, 'root'));
      return join(folder, 'root');
    },
  },
  'a local folder behind a link': {
    make: async (folder) => {
      await mkdir(join(folder, 'real/root'), { recursive: true });
      await symlink('real', join(folder, 'link'));
      return join(folder, 'link/root');
    },
  },
  'a local folder that gives its group to what is made in it': {
    make: async (folder) => {
      await mkdir(join(folder, 'root'));
      await chmod(join(folder, 'root'), 0o2770);
      return join(folder, 'root');
    },
  },
  'a local folder of an odd name, whose times are said to be coarse': {
    make: async (folder) => {
      const odd = join(folder, ' odd %20 #?\n*😀');
      await mkdir(odd, { mode: 0o700 });
      return odd;
    },
    options: { timePrecision: 2000 },
  },
};

for (const [name, { make, options }] of Object.entries(setups)) {
  await conformance({
    runner: { describe, test },
    name,
    factory: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'syncengine-suite-'));
      const root = await make(folder);
      return {
        client: new LocalStorageClient(root, options),
        reopen: async () => new LocalStorageClient(root, options),
        dispose: () => rm(folder, { recursive: true }),
      };
    },
    absenceEnforced: true,
  });
}
