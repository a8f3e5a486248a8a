import { fileURLToPath } from 'node:url';

/**
 * The line that installs a package where the command finds it: in the same project, with the command for all projects, or
 * for one call.
 *
 * @param cwd where the line would be typed
 * @param self where the command itself is installed
 */
export function installLine(name: string, cwd: string, self: string = fileURLToPath(import.meta.url)): string {
  const path = self.replaceAll('\\', '/');
  if (path.includes('/_npx/')) return `npx -p @syncengine/cli -p ${name} syncengine`;
  const project = /^(.*?)\/node_modules\//.exec(path)?.[1];
  const here = cwd.replaceAll('\\', '/');
  const isLocal = project === undefined || here === project || here.startsWith(`${project}/`);
  return isLocal ? `npm install ${name}` : `npm install --global ${name}`;
}
