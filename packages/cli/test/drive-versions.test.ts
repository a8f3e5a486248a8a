import { startDriveServer } from '@syncengine/drive-server';
import { expect, test } from 'vitest';
import { type CommandOutcome, command } from './support/command.ts';
import { readTree, temporaryFolder, writeTree } from './support/folders.ts';

const patience = 120_000;

test(
  'restore lists and brings back what Google Drive itself keeps of a folder',
  async () => {
    const server = await startDriveServer();
    const cwd = temporaryFolder();
    const env = {
      SYNCENGINE_GDRIVE_ACCESS_TOKEN: 'test-token',
      SYNCENGINE_GDRIVE_ROOT_URL: server.origin,
      XDG_STATE_HOME: cwd,
      HOME: cwd,
    };
    const run = (...argv: readonly string[]): Promise<CommandOutcome> => command(argv, { cwd, env });
    try {
      writeTree(cwd, { 'documents/notes.txt': 'first', 'documents/letters/anna.txt': 'dear' });
      expect((await run('sync', 'documents', 'gdrive:/documents')).code).toBe(0);
      writeTree(cwd, { 'documents/notes.txt': 'number two' });
      const folder = server.person.at('documents/letters')?.id ?? '';
      server.person.rename(server.person.at('documents/letters/anna.txt')?.id ?? '', 'berta.txt');
      expect((await run('sync', 'documents', 'gdrive:/documents')).code).toBe(0);
      server.person.trash(folder);
      const list = await run('restore', 'gdrive:/documents', '--list');
      expect(list).toMatchObject({ code: 0, stderr: '' });
      expect(list.stdout).toMatch(/ 4 B {2}letters\/berta\.txt$/m);
      expect(list.stdout).toMatch(/ 5 B {2}notes\.txt$/m);
      expect(list.stdout).toContain('2 versions of 2 files.');
      expect((await run('restore', 'gdrive:/documents', 'notes.txt')).code).toBe(0);
      expect(server.person.at('documents/notes.txt')?.bytes?.toString()).toBe('first');
      expect((await run('restore', 'gdrive:/documents', 'letters')).code).toBe(0);
      expect(server.person.at('documents/letters/berta.txt')?.bytes?.toString()).toBe('dear');
      const away = await run('restore', 'gdrive:/documents', 'notes.txt', '--to', 'away', '--json');
      expect(away.code).toBe(0);
      expect(readTree(cwd)).toMatchObject({ 'away/notes.txt': 'number two' });
      // What came back is told as what it is: the other side gets it.
      expect((await run('sync', 'documents', 'gdrive:/documents')).code).toBe(0);
      expect(readTree(cwd)).toMatchObject({ 'documents/notes.txt': 'first', 'documents/letters/berta.txt': 'dear' });
    } finally {
      await server.close();
    }
  },
  patience,
);
