import { expect, test } from 'vitest';
import { command } from '../../test/support/command.ts';
import { type Tree, temporaryFolder, writeTree } from '../../test/support/folders.ts';

/** What the command says of a configuration, mistake by mistake. */
async function complaintsOf(text: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const folder = temporaryFolder();
  writeTree(folder, { 'syncengine.json': text, 'a/': '', 'b/': '' });
  const { code, stdout, stderr } = await command(['plan'], { cwd: folder, env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr.trimEnd().split('\n');
}

test('mistakes are told all at once, each with its line, its column and its field', async () => {
  const text = `{
  "defaults": { "mode": "sideways" },
  "pairs": {
    "documents": {
      "source": "a",
      "destination": "b",
      "compare": "size-only",
      "limits": { "transfers": 0 },
      "ignore": ["*.tmp", 7]
    }
  }
}`;
  expect(await complaintsOf(text)).toEqual([
    expect.stringMatching(/^syncengine: syncengine\.json:2:25: defaults\.mode: "sideways" is no mode; choose /),
    'syncengine: syncengine.json:7:7: pairs.documents.compare: there is no such field; did you mean comparison?',
    'syncengine: syncengine.json:8:32: pairs.documents.limits.transfers: give a whole number of at least 1, not 0.',
    'syncengine: syncengine.json:9:27: pairs.documents.ignore[1]: give a text in quotes, not a number.',
  ]);
});

test.each([
  ['{ "pairs": { "a": { "source": "a", "destination": "b" } }', '1:58: this is no JSON: close brace expected.'],
  ['{\n  // a comment\n  "pairs": {} }', '2:3: this is no JSON: invalid comment token.'],
  ['{ "pairs": { "a": { "source": "a" } } }', '1:19: pairs.a: the field "destination" is missing.'],
  [
    '{ "pairs": { "a": { "source": "a", "destination": "b", "source": "c" } } }',
    '1:56: pairs.a.source: stands there twice; keep one of the two.',
  ],
  [
    '{ "pairs": { "a": { "source": "ftp://me:hunter2@host/", "destination": "b" } } }',
    `1:31: pairs.a.source: a password does not belong in this file; keep it in the environment and refer to it: \${NAME}.`,
  ],
  [
    '{ "pairs": { "a": { "source": "a", "destination": { "location": "s3://b", "environment": { "AWS_SECRET_ACCESS_KEY": "hunter2" } } } } }',
    `1:117: pairs.a.destination.environment.AWS_SECRET_ACCESS_KEY: a secret does not belong in this file; keep it in the environment and refer to it: \${NAME}.`,
  ],
  [
    `{ "pairs": { "a": { "source": "\${NO_SUCH_THING}", "destination": "b" } } }`,
    `1:31: pairs.a.source: the environment variable NO_SUCH_THING is not set; set it, or change the reference \${NO_SUCH_THING}.`,
  ],
  [
    `{ "pairs": { "a": { "source": "\${", "destination": "b" } } }`,
    `1:31: pairs.a.source: a reference \${ is not closed with a }.`,
  ],
])('%s is refused with words that show the way', async (text, complaint) => {
  const complaints = await complaintsOf(text);
  expect(complaints).toContain(`syncengine: syncengine.json:${complaint}`);
  expect(complaints.join('\n')).not.toContain('hunter2');
});

test('a byte order mark and windows line ends leave the columns right', async () => {
  expect(await complaintsOf('\ufeff{\r\n  "pairs": 1\r\n}')).toEqual([
    'syncengine: syncengine.json:2:12: pairs: give an object in { }, not a number.',
  ]);
});

test('references are replaced, and never shown', async () => {
  const folder = temporaryFolder();
  const pairs = { documents: { source: `\${WHERE}/a`, destination: `$\${b}` } };
  writeTree(folder, { 'syncengine.json': JSON.stringify({ state: 'state', pairs }), 'x/a/file.txt': 'x' });
  expect(await command(['sync'], { cwd: folder, env: { WHERE: 'x' } })).toMatchObject({ code: 0 });
  expect(await command(['plan', `\${b}`, 'x/a', '--state', 'state'], { cwd: folder })).toMatchObject({ code: 0 });
});

const tree: Tree = {
  'a/file.txt': 'a',
  'syncengine.json': JSON.stringify({ state: 'state', pairs: { one: { source: 'a', destination: 'b' } } }),
};

test('names and places are told apart', async () => {
  const folder = temporaryFolder();
  writeTree(folder, { ...tree, 'one/other.txt': '1' });
  const plan = async (...places: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await command(['plan', ...places], { cwd: folder });
    return `${code} ${stdout}${stderr}`;
  };
  expect(await plan('one')).toMatch(/^0 one:\nfile\.txt /);
  expect(await plan('./one', 'c')).toMatch(/^0 other\.txt /);
  expect(await plan('one', 'two')).toMatch(/^2 syncengine: "two" is no pair of .*; there are one\. A folder/);
  expect(await plan('two')).toMatch(/^2 syncengine: "two" is no pair of .*; there are one\. A folder/);
  expect(await plan('a', 'c')).toMatch(/^0 file\.txt /);
  expect(await plan('--config', 'none.json')).toMatch(/^2 syncengine: There is no file "none\.json"/);
});

test('without a configuration the way to one is told', async () => {
  const { code, stderr } = await command(['sync'], { cwd: temporaryFolder() });
  expect(code).toBe(2);
  expect(stderr).toContain('syncengine init');
});
