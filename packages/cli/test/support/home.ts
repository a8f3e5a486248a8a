import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, writeTree } from './folders.ts';
import { binary } from './process.ts';

/** A user's home, with the folders that the examples speak of and the command on the path. */
export class Home {
  readonly folder: string = temporaryFolder();

  constructor() {
    writeTree(this.folder, {
      'documents/notes.txt': 'notes',
      'documents/old.txt': 'old',
      'documents/drafts/draft.odt': 'draft',
      'documents/letters/2025.odt': 'letter',
      'photos/.disk-is-here': '',
      'photos/2026/raw/1.raw': 'raw',
      'photos/2026/1.jpg': 'jpg',
      'usb/photos/.disk-is-here': '',
      'site/index.html': '<p>',
      'site/build/x.tmp': '',
      'site/.hidden': '',
      // What a run took away there.
      'backup/documents/.syncengine/trash/20261224T101500Z-abcd/letters/anna.txt': 'dear',
      'mirror/': '',
      'syncengine.json': JSON.stringify({
        defaults: { excludeDotFiles: true },
        pairs: {
          documents: { source: '~/documents', destination: 'backup/documents' },
          photos: { source: 'photos', destination: { usb: 'usb/photos', backup: 'backup/photos' }, mode: 'sb' },
        },
      }),
      'bin/syncengine': `#!/bin/sh\nexec '${process.execPath}' '${binary}' "$@"\n`,
    });
    chmodSync(join(this.folder, 'bin/syncengine'), 0o755);
  }

  /** Runs a line as a user types it into a shell. */
  type(line: string): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd: this.folder,
      encoding: 'utf8',
      env: { HOME: this.folder, PATH: `${join(this.folder, 'bin')}:${process.env['PATH']}`, NO_COLOR: '1' },
    });
    return { code: status, stdout, stderr };
  }
}
