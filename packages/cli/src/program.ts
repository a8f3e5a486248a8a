import { Command } from 'commander';
import { commandTable } from './command-table.ts';
import { examples } from './flags.ts';
import type { Perform } from './perform.ts';
import { version } from './version.ts';

/** Where help and complaints about the usage go. */
export interface ProgramOutput {
  writeOut(text: string): void;
  writeErr(text: string): void;
}

/** The command line as data: commands, flags and their help. Throws `CommanderError` instead of ending the process. */
export function createProgram(perform: Perform, output: ProgramOutput): Command {
  const program = new Command('syncengine')
    .description('Keeps two places in sync.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({
      ...output,
      outputError: (text, write) => write(text.replace(/^error:/, 'syncengine:')),
    })
    .showHelpAfterError('(syncengine --help tells what is possible.)')
    .addHelpText(
      'after',
      storages +
        exitCodes +
        examples('plan ~/documents ~/backup/documents', 'sync ~/documents ~/backup/documents', 'sync --help'),
    );
  for (const define of commandTable) define(program, perform);
  return program;
}

const storages = `
Storages:
  A place is a folder, or an address: s3://bucket/folder, sftp://user@host/path,
  ftp://host/path, ftps://host/path, gdrive:/path. What a kind of storage can be
  told stands behind its address, s3://bucket/folder?region=eu-west-1, or in
  flags that count for all its addresses: --s3-region eu-west-1. Secrets are
  taken from the environment only. The README of each storage's package tells
  what there is; syncengine adapters lists the packages.
`;

const exitCodes = `
Exit codes:
  0    finished and clean
  1    failed
  2    bad usage or configuration
  3    finished, but conflicts or problems remain
  4    stopped by a safety rail, nothing was changed
  130  interrupted; the next run goes on
`;
