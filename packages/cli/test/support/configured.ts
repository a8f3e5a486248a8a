import { join } from 'node:path';
import { type CommandOptions, type CommandOutcome, command } from './command.ts';
import { readTree, type Tree, temporaryFolder, writeTree } from './folders.ts';

/** A folder with a configuration, and with what stands in its places. */
export class Configured {
  readonly folder: string = temporaryFolder();

  constructor(configuration: object, tree: Tree = {}) {
    writeTree(this.folder, { 'syncengine.json': JSON.stringify({ state: './state', ...configuration }), ...tree });
  }

  /** Changes what the configuration says. */
  configure(configuration: object): void {
    this.write({ 'syncengine.json': JSON.stringify({ state: './state', ...configuration }) });
  }

  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandOutcome> {
    return await command(argv, { cwd: this.folder, ...options });
  }

  /** The one document on standard output. */
  async json(argv: readonly string[], options: CommandOptions = {}) {
    const { stdout, code } = await this.run([...argv, '--json'], options);
    return { code, ...JSON.parse(stdout) };
  }

  write(tree: Tree): void {
    writeTree(this.folder, tree);
  }

  read(place: string): Tree {
    return readTree(join(this.folder, place));
  }
}

/** One pair, `one`, from `a` to `b`. */
export function onePair(fields: object = {}, tree: Tree = {}): Configured {
  return new Configured(
    { pairs: { one: { source: 'a', destination: 'b', ...fields } } },
    { 'a/': '', 'b/': '', ...tree },
  );
}
