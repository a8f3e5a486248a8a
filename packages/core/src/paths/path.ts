/** Everything below this name, at any depth, belongs to SyncEngine and is never synchronised. */
export const reservedName = '.syncengine';

/** The parent of a path; `''` for a path at the top. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** The last segment of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A child's path; `directory` may be `''`, the root. */
export function childOf(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** True when `path` is `ancestor` or lies below it; everything lies below `''`. */
export function isWithin(path: string, ancestor: string): boolean {
  if (ancestor === '') return true;
  return path.startsWith(ancestor) && (path.length === ancestor.length || path[ancestor.length] === '/');
}

/** True for the reserved folder and what lies below it, at any depth. */
export function isReserved(path: string): boolean {
  return path.includes(reservedName) && path.split('/').includes(reservedName);
}

/** The ancestors of a path from the top down, without the root and the path itself. */
export function ancestorsOf(path: string): string[] {
  const ancestors: string[] = [];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    ancestors.push(path.slice(0, slash));
  }
  return ancestors;
}

/** Number of segments; 0 for the root. */
export function depthOf(path: string): number {
  if (path === '') return 0;
  let depth = 1;
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) depth += 1;
  return depth;
}
