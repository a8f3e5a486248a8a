import { type NameRules, type StorageCapabilities, SyncEngineError } from '@syncengine/core';
import type { Connection } from './connection.ts';
import { type Features, parseFeatures } from './features.ts';
import type { FtpSettings } from './options.ts';
import { directoryIn, formatTime, type Reply } from './reply.ts';
import type { Question } from './territory.ts';

/** What was learnt about a server when the client was opened. Nothing was written for that. */
export interface Server {
  readonly features: Features;
  /** The root as commands name it: absolute, without a slash at its end; `''` for the server's own root. */
  readonly root: string;
  /** How modification times are set. */
  readonly setTime: 'MFMT' | 'MDTM' | 'never';
  readonly names: NameRules;
  readonly caseSensitive: boolean;
}

/** A name that nobody has. */
const nobody = 'syncengine-looks-for-nothing';

/** Characters that servers are known to alter or refuse. */
const doubtful = ['\\', '\t', '\u0001', '\u001b', '\u007f', '*', '?', '"', '<', '>', '|', ':', 'é', '😀'];

export async function examineServer(
  connection: Connection,
  settings: FtpSettings,
  signal?: AbortSignal,
): Promise<Server> {
  const introduction = ['FEAT', 'PWD', 'SYST', 'SITE HELP'];
  // A root that does not begin at home is known before anything is asked, and so is all that is to be asked.
  const early = isAtHome(settings.path) ? undefined : probesOf(rootBelow('', settings.path));
  const answers = await connection.exchange([...introduction, ...(early?.commands ?? [])], signal);
  const [feat, where, system, help] = answers;
  if (feat === undefined || where === undefined || system === undefined || help === undefined) {
    throw new TypeError('The first answers are missing.');
  }
  const features = parseFeatures(feat);
  const home = directoryIn(where)[0];
  if (home === undefined) {
    const message = `${connection.id} does not tell in which folder it is; it says: ${where.text.trim()}`;
    throw new SyncEngineError('unsupported', message);
  }
  const root = rootBelow(home, settings.path);
  const isWindows = /windows/i.test(system.text);
  const probes = early ?? probesOf(root);
  const findings = probes.read(
    early === undefined ? await connection.exchange(probes.commands, signal) : answers.slice(introduction.length),
  );
  // Pure-FTPd writes an underscore for a space at the end, but only when it makes something.
  const noSpaceAtTheEnd = isWindows || /pure-ftpd/i.test(help.text);
  return {
    features,
    root,
    setTime: features.setModificationTime ? 'MFMT' : findings.takesTimeByMdtm ? 'MDTM' : 'never',
    names: { forbidden: forbiddenPattern(findings.doubtful, noSpaceAtTheEnd), maximumBytes: 255 },
    caseSensitive: settings.caseSensitive ?? !isWindows,
  };
}

export function capabilitiesOf(
  { features, names, setTime, caseSensitive }: Server,
  limit: number,
): StorageCapabilities {
  return {
    hashes: { listed: [], onRequest: [...features.hashes.keys()] },
    modifiedAt: {
      settable: setTime === 'MFMT' ? 'in-place' : setTime === 'MDTM' ? 'on-write' : 'never',
      precision: 1_000,
    },
    permissions: false,
    symlinks: false,
    directories: 'real',
    caseSensitive,
    unicode: 'preserved',
    names,
    conditionalWrites: 'advisory',
    conditionalRemoves: 'advisory',
    rangedReads: features.restart,
    resumableWrites: features.restart,
    stableIdentity: features.identity,
    trash: 'folder',
    // While one half waits for the server, the other half reads what it will send.
    concurrency: { transfers: limit * 2, operations: limit },
  };
}

/** What sets the time of a file; nothing where the server cannot, or FTP has no form for it. */
export function timeCommands({ setTime }: Server, place: string, modifiedAt: number | undefined): readonly string[] {
  const time = modifiedAt === undefined ? undefined : formatTime(modifiedAt);
  return time === undefined || setTime === 'never' ? [] : [`${setTime} ${time} ${place}`];
}

function isAtHome(root: string): boolean {
  return root === '/~' || root.startsWith('/~/');
}

function rootBelow(home: string, root: string): string {
  if (!isAtHome(root)) return root === '/' ? '' : root;
  return `${home.replace(/\/+$/, '')}${root.slice(2)}`;
}

interface Findings {
  /** vsftpd sets times by `MDTM` with a time before the path; that can be seen from how it refuses to do so to nothing. */
  readonly takesTimeByMdtm: boolean;
  /** Characters that the server would alter or refuse. */
  readonly doubtful: readonly string[];
}

/**
 * What a server shows of itself when it is asked for something that is not there: whether it sets times by `MDTM`, and which
 * names it would alter or refuse. What does not show, `NameProof` finds out before anything is stored.
 */
function probesOf(root: string): Question<Findings> {
  const time = `MDTM 20010101000000 ${root}/${nobody}`;
  // Many servers repeat the name here, as they took it, and none makes those wait who ask.
  const removals = ['', ...doubtful].map((character) => `DELE ${root}/${nobody}${character}-`);
  // In a folder that is not there, nothing can be made.
  const folders = ['', '*'].map((character) => `MKD ${root}/${nobody}/${nobody}${character}-`);
  return {
    commands: [time, ...removals, ...folders],
    read: ([timed, ...replies]) => ({
      takesTimeByMdtm: timed !== undefined && /\bset\b/i.test(timed.text),
      doubtful: doubtfulIn(replies.slice(0, removals.length), replies.slice(removals.length)),
    }),
  };
}

function doubtfulIn(removals: readonly Reply[], folders: readonly Reply[]): readonly string[] {
  const [plain, ...replies] = removals;
  const [plainFolder, starredFolder] = folders;
  const forbidden = doubtful.filter((character, index) => {
    const reply = replies[index];
    if (plain === undefined || reply === undefined) return false;
    // Another code than for any other missing name: refused. A server that repeats the name shows what became of it.
    if (reply.code !== plain.code) return true;
    return plain.text.includes(`${nobody}-`) && !reply.text.includes(`${nobody}${character}-`);
  });
  const isStarRefused = plainFolder?.text !== starredFolder?.text.replace('*', '');
  return isStarRefused && !forbidden.includes('*') ? [...forbidden, '*'] : forbidden;
}

/** Line breaks end a command, so no name can have them; of control characters those that were tried stand for all. */
function forbiddenPattern(characters: readonly string[], noSpaceAtTheEnd: boolean): RegExp {
  const isControlAltered = characters.some((character) => character < ' ' || character === '\u007f');
  const controls = isControlAltered ? '\\u0000-\\u001f\\u007f' : '\\0\\r\\n';
  const beyond = characters.filter((character) => character > '\u007f');
  const others = characters.filter((character) => character >= ' ' && character < '\u007f').map((each) => `\\${each}`);
  const alternatives = [`[${controls}${others.join('')}${beyond.length > 0 ? '\\u0080-\\uffff' : ''}]`];
  if (noSpaceAtTheEnd) alternatives.push(' $');
  return new RegExp(alternatives.join('|'));
}
