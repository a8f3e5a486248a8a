import {
  childOf,
  type Entry,
  isReserved,
  nameOf,
  parentOf,
  parseIgnoreRules,
  type StorageClient,
} from '@syncengine/core';
import type { SyncSettings } from './options.ts';

/** Ignore files are small; what is longer is refused by every run. */
const longestIgnoreFile = 1_048_576;

/** Patterns that stand together, weakest first. */
interface Patterns {
  /** `''` is the root. */
  readonly directory: string;
  readonly origin: string;
  readonly lines: readonly string[];
}

/** Why a path of a side is left out, in words; `undefined` when no rule, filter or flag leaves it out. */
export async function exclusionOf(
  path: string,
  client: StorageClient,
  settings: SyncSettings,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (isReserved(path)) return 'the folder .syncengine is never synchronised';
  const chain: Patterns[] = [{ directory: '', origin: 'the patterns of the pair', lines: settings.ignorePatterns }];
  for (const step of stepsTo(path)) {
    const skipped = settings.skip.find((each) => each === step);
    if (skipped !== undefined) return `--skip ${skipped} leaves it out of this run`;
    await addIgnoreFile(chain, parentOf(step), client, settings, signal);
    const entry = await client.stat(step, { signal, followSymlinks: settings.symlinks === 'follow' });
    const isDirectory = entry === undefined ? step !== path : entry.kind === 'directory';
    const through = step === path ? '' : `the folder ${JSON.stringify(step)} is left out: `;
    const reason =
      ignoredBy(chain, step, isDirectory, settings) ??
      filteredBy(step, isDirectory, settings) ??
      kindOf(entry, settings);
    if (reason !== undefined) return `${through}${reason}`;
  }
  return undefined;
}

/** The folders on the way, from the top down, and the path itself. */
function stepsTo(path: string): readonly string[] {
  const steps: string[] = [];
  for (const name of path.split('/')) steps.push(childOf(steps.at(-1) ?? '', name));
  return steps;
}

async function addIgnoreFile(
  chain: Patterns[],
  directory: string,
  client: StorageClient,
  { ignoreFileName = '.syncignore' }: SyncSettings,
  signal: AbortSignal,
): Promise<void> {
  const file = childOf(directory, ignoreFileName);
  const entry = await client.stat(file, { signal });
  if (entry?.kind !== 'file' || entry.size > longestIgnoreFile) return;
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.read(file, { expected: entry.version, signal })) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
  chain.push({ directory, origin: file, lines });
}

function ignoredBy(
  chain: readonly Patterns[],
  path: string,
  isDirectory: boolean,
  { excludeDotFiles, ignoreFileName = '.syncignore' }: SyncSettings,
): string | undefined {
  for (const { directory, origin, lines } of [...chain].reverse()) {
    for (const [index, line] of [...lines.entries()].reverse()) {
      const verdict = parseIgnoreRules(line, { origin, directory }).verdict(path, isDirectory);
      if (verdict === 'included') return undefined;
      if (verdict === 'ignored') return `the pattern ${JSON.stringify(line)} ignores it (${origin}, line ${index + 1})`;
    }
  }
  const name = nameOf(path);
  const isDotFile = name.startsWith('.') && (isDirectory || name !== ignoreFileName);
  return excludeDotFiles && isDotFile ? 'its name begins with a dot (--exclude-dot-files)' : undefined;
}

function filteredBy(path: string, isDirectory: boolean, { filter }: SyncSettings): string | undefined {
  return filter?.(path, isDirectory) === 'exclude' ? '--include and --exclude leave it out' : undefined;
}

function kindOf(entry: Entry | undefined, { symlinks = 'safe' }: SyncSettings): string | undefined {
  if (entry?.kind === 'other') return `a ${entry.what} is never synchronised`;
  if (entry?.kind !== 'symlink') return undefined;
  if (symlinks === 'skip') return 'symbolic links are skipped (--symlinks skip)';
  return undefined;
}
