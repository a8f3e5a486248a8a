import { DriveError } from './drive-error.ts';
import type { Item, Revision } from './item.ts';

/** "Revisions are automatically purged 30 days after newer content is uploaded." Milliseconds. */
const keptFor = 30 * 24 * 60 * 60 * 1000;

/** "…or after 100 revisions", without those that are kept forever. */
const mostKept = 100;

/** "keepForever … can be set on a maximum of 200 revisions for a file." */
const mostKeptForever = 200;

/** The revisions of a file, as long as Drive keeps them: the head always, and what is to be kept forever. */
export function keptRevisions(item: Item, now: number): readonly Revision[] {
  let others = 0;
  const kept = [...item.revisions].reverse().filter((revision, index, newestFirst) => {
    if (index === 0 || revision.keepForever) return true;
    others += 1;
    const replacedAt = newestFirst[index - 1]?.modifiedTime ?? now;
    return others < mostKept && now - replacedAt < keptFor;
  });
  item.revisions = kept.reverse();
  return item.revisions;
}

/** @throws DriveError 404 `notFound` */
export function revisionWith(item: Item, id: string, now: number): Revision {
  const revision = keptRevisions(item, now).find((each) => each.id === id);
  if (revision !== undefined) return revision;
  throw new DriveError(404, 'notFound', `Revision not found: ${id}.`, { location: 'revisionId' });
}

/** @throws DriveError 403 `cannotKeepMoreRevisionsForever` */
export function setKeepForever(item: Item, revision: Revision, keepForever: boolean): void {
  const kept = item.revisions.filter((each) => each.keepForever && each !== revision).length;
  if (keepForever && kept >= mostKeptForever) {
    const message = `At most ${mostKeptForever} revisions of a file are kept forever.`;
    throw new DriveError(403, 'cannotKeepMoreRevisionsForever', message);
  }
  revision.keepForever = keepForever;
}

/**
 * "You can only delete revisions for files with binary content", and not the one that the file has.
 *
 * @throws DriveError 403 `cannotDeleteHeadRevision`
 */
export function deleteRevision(item: Item, revision: Revision): void {
  if (item.revisions.at(-1) === revision) {
    throw new DriveError(403, 'cannotDeleteHeadRevision', 'The head revision of a file cannot be deleted.');
  }
  item.revisions = item.revisions.filter((each) => each !== revision);
}
