import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/writing-an-adapter.md');

function blocks(language: string): readonly string[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}

describe('the page about writing an adapter', () => {
  test('shows the code of the example as it is', () => {
    const code = ['client.js', 'client.test.js'].map((file) => read(`examples/custom-adapter/${file}`)).join('\n');
    expect(blocks('js').length).toBeGreaterThan(5);
    for (const block of blocks('js')) expect(withoutIndentation(code)).toContain(withoutIndentation(block));
  });

  test('shows commands that are there; CI runs what they run', () => {
    const { scripts } = JSON.parse(read('examples/custom-adapter/package.json'));
    const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const [, script = ''] = /^npx -y pnpm@12\.21\.0 --dir examples\/custom-adapter (\w+)$/.exec(command) ?? [];
      expect(Object.keys(scripts)).toContain(script);
    }
  });

  test('speaks of a client that stays under 200 lines', () => {
    expect(read('examples/custom-adapter/client.js').trimEnd().split('\n').length).toBeLessThan(200);
  });

  test('names every optional method of the protocol', () => {
    const protocol = read('packages/core/src/storage/client.ts');
    const optional = [...protocol.matchAll(/^ {2}(\w+)\?[(<]/gm)].map(([, name = '']) => name);
    expect(optional.length).toBeGreaterThan(8);
    for (const name of optional) expect(page).toContain(`\`${name}\``);
  });

  test('leads only to files that are there', () => {
    const targets = [...page.matchAll(/\]\((\.\.\/[^)#]+)\)/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(2);
    for (const target of targets) {
      const path = new URL(target, new URL('docs/', root));
      expect(() => readFileSync(target.endsWith('.md') ? path : new URL(`${path}/package.json`))).not.toThrow();
    }
  });
});

/** What stands deep in a class is shown without what is around it. */
function withoutIndentation(code: string): string {
  return code.replace(/^ +/gm, '');
}
