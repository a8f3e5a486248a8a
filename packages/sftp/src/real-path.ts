import { isMissing, sftpFailure } from './errors.ts';
import type { Session } from './ssh/index.ts';

/** As many links are followed for one path as systems do. */
const linksToFollow = 40;

/** Questions that were asked and are not answered yet; whoever asks the same meanwhile gets the same answer. */
const asked = new WeakMap<Session, Map<string, Promise<string | undefined>>>();

/**
 * A place of the server without links. The last name need not stand for anything; `undefined` when one before it does
 * not, or is no directory.
 *
 * @param path what an error is about
 */
export async function realPath(session: Session, absolute: string, path: string): Promise<string | undefined> {
  const questions = asked.get(session) ?? new Map<string, Promise<string | undefined>>();
  asked.set(session, questions);
  let running = questions.get(absolute);
  if (running === undefined) {
    running = resolve(session, absolute).finally(() => questions.delete(absolute));
    questions.set(absolute, running);
  }
  try {
    return await running;
  } catch (error) {
    throw sftpFailure(error, path, 'reached');
  }
}

async function resolve(session: Session, absolute: string): Promise<string | undefined> {
  try {
    // OpenSSH resolves links; of other servers many only tidy up the text.
    return session.isOpenSsh ? await session.realpath(absolute) : await walk(session, absolute);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Looks at every name on the way. */
async function walk(session: Session, absolute: string): Promise<string | undefined> {
  let place = absolute;
  for (let followed = 0; followed <= linksToFollow; followed += 1) {
    const ways = prefixesOf(place);
    const stats = await Promise.all(ways.map((way) => lookAt(session, way)));
    const missing = stats.indexOf(undefined);
    const link = stats.findIndex((each) => each?.isSymbolicLink() === true);
    if (link === -1 || (missing !== -1 && missing < link)) {
      return missing === -1 || missing === ways.length - 1 ? place : undefined;
    }
    const way = ways[link] ?? '/';
    const target = await session.readlink(way);
    const base = target.startsWith('/') ? '' : way.slice(0, way.lastIndexOf('/'));
    place = tidied(`${base}/${target}${place.slice(way.length)}`);
  }
  // In circles.
  return undefined;
}

function prefixesOf(absolute: string): string[] {
  const prefixes: string[] = [];
  for (let slash = absolute.indexOf('/', 1); slash !== -1; slash = absolute.indexOf('/', slash + 1)) {
    prefixes.push(absolute.slice(0, slash));
  }
  return absolute === '/' ? [] : [...prefixes, absolute];
}

async function lookAt(session: Session, absolute: string): Promise<{ isSymbolicLink(): boolean } | undefined> {
  try {
    return await session.lstat(absolute);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Without `.`, `..` and doubled slashes. */
function tidied(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}
