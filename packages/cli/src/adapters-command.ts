import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { adapterPackages } from './adapter-packages.ts';
import { loadAdapter, schemesOf } from './adapters.ts';
import { colorsFor } from './colors.ts';
import { configurationName, loadConfiguration } from './configuration/index.ts';
import type { Environment } from './environment.ts';
import { errorText } from './error-text.ts';
import { installLine } from './install-line.ts';
import { type ExitCode, outcomeOfError, worstExitCode } from './outcome.ts';
import { printable, printableJson } from './printable.ts';
import { messageOf } from './report-json.ts';
import { usageError } from './usage.ts';

export interface AdaptersFlags {
  readonly config?: string;
  readonly json?: boolean;
}

/** What `adapters --json` tells of a package. */
interface JsonAdapter {
  readonly package: string;
  /** The first words of the addresses that it handles; none where that cannot be told. */
  readonly schemes: readonly string[];
  /** `null` when it is not installed. */
  readonly version: string | null;
  /** The line that installs it; `null` when it is installed. */
  readonly install: string | null;
  /** Why an installed package is of no use. */
  readonly problem?: string;
}

/** `adapters`. Never throws. */
export async function listAdapters(flags: AdaptersFlags, environment: Environment): Promise<ExitCode> {
  const { stdout, stderr, env } = environment;
  try {
    const configuration = await loadConfiguration(flags.config ?? configurationName, environment.cwd);
    if (flags.config !== undefined && configuration === undefined) {
      throw usageError(`There is no file ${JSON.stringify(flags.config)}.`);
    }
    const folder = configuration?.folder ?? environment.cwd;
    const names = configuration?.adapters ?? [];
    const adapters = ownAdapters(folder, environment.cwd);
    for (const name of names) adapters.push(await otherAdapter(name, { ...environment, adapters: { names, folder } }));
    if (flags.json === true) stdout.write(`${printableJson({ adapters })}\n`);
    else stdout.write(textOf(adapters));
    return worstExitCode([0, ...adapters.flatMap(({ problem }): ExitCode[] => (problem === undefined ? [] : [2]))]);
  } catch (error) {
    stderr.write(`${errorText(error, colorsFor(stderr, env), false)}\n`);
    if (flags.json === true) stdout.write(`${printableJson({ adapters: [], error: { message: messageOf(error) } })}\n`);
    return outcomeOfError(error).exitCode;
  }
}

function ownAdapters(folder: string, cwd: string): JsonAdapter[] {
  return [...new Set(Object.values(adapterPackages))].map((name) => {
    const schemes = Object.keys(adapterPackages).filter((scheme) => adapterPackages[scheme] === name);
    const version = versionOf(name, folder);
    return { package: name, schemes, version, install: version === null ? installLine(name, cwd) : null };
  });
}

/** Only the package itself knows what it handles. */
async function otherAdapter(name: string, environment: Environment): Promise<JsonAdapter> {
  const version = versionOf(name, environment.adapters?.folder ?? environment.cwd);
  try {
    const adapter = await loadAdapter(name, 'adapters: the configuration asks for', environment);
    return { package: name, schemes: schemesOf(adapter, name), version, install: null };
  } catch (error) {
    const isMissing = version === null && !name.startsWith('.');
    return {
      package: name,
      schemes: [],
      version,
      install: isMissing ? installLine(name, environment.cwd) : null,
      problem: messageOf(error),
    };
  }
}

/** Without loading it: some are large. */
function versionOf(name: string, folder: string): string | null {
  if (name.startsWith('.')) return null;
  for (const from of [import.meta.url, join(folder, configurationName)]) {
    const file = manifestOf(name, from);
    if (file === undefined) continue;
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  }
  return null;
}

function manifestOf(name: string, from: string): string | undefined {
  const { resolve } = createRequire(from);
  try {
    return resolve(`${name}/package.json`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    if (error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    // A package that keeps its manifest to itself still has one.
    return (
      /^(.*?package\.json)\b/.exec(error.message.split(' in ').at(-1) ?? '')?.[1] ?? join(dirname(from), 'package.json')
    );
  }
}

function textOf(adapters: readonly JsonAdapter[]): string {
  const rows = adapters.map(({ package: name, schemes, version, install, problem }) => {
    const addresses = schemes.map((scheme) => `${scheme}://`).join(' ');
    const state =
      problem ??
      (install === null ? `installed${version === null ? '' : `, ${version}`}` : `not installed: ${install}`);
    return [addresses === '' ? '?' : addresses, name, state].map(printable);
  });
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const [first, second] = [width(0), width(1)];
  return rows.map(([a = '', b = '', c = '']) => `${a.padEnd(first)}  ${b.padEnd(second)}  ${c}\n`).join('');
}
