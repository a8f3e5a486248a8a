// `pnpm docs:picture`: plays a small story with the built command and draws what the terminal shows, as docs/run.svg. What stands
// there is the command's own output, colours included; only the home folder is written as `~`.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'syncengine-picture-'));
const shown = [];

try {
  put('documents/report.odt', 48_200);
  put('documents/letters/2025/anna.odt', 21_000);
  put('documents/letters/2025/ben.odt', 19_500);
  put('documents/music/song.flac', 31_400_000);
  put('documents/old.txt', 900);
  spawnSync(process.execPath, [command, 'sync', 'documents', 'backup', '--quiet'], { cwd: home, env: environment() });
  put('documents/report.odt', 48_900);
  put('documents/photos/lake.jpg', 4_310_000);
  renameSync(join(home, 'documents/music'), join(home, 'documents/music of 2026'));
  rmSync(join(home, 'documents/old.txt'));
  put('backup/notes.txt', 310);
  type('plan', 'documents', 'backup');
  type('sync', 'documents', 'backup');
  put('documents/notes.txt', 320);
  put('backup/notes.txt', 330);
  type('sync', 'documents', 'backup');
  type('sync', 'documents', 'backup');
} finally {
  rmSync(home, { recursive: true });
}
const target = fileURLToPath(new URL('../docs/run.svg', import.meta.url));
writeFileSync(target, draw(shown));
execFileSync('git', ['diff', '--stat', '--', target], { stdio: 'inherit' });

function put(path, bytes) {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), Buffer.alloc(bytes, `${path} ${bytes} `));
}

function environment() {
  const { NO_COLOR: _none, CI: _ci, ...rest } = process.env;
  return { ...rest, HOME: home, XDG_STATE_HOME: join(home, 'state'), FORCE_COLOR: '1', COLUMNS: '96' };
}

/** Runs the command and keeps what it shows: its progress first, then its result, as in a terminal. */
function type(...args) {
  const { stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd: home,
    env: environment(),
    encoding: 'utf8',
  });
  if (shown.length > 0) shown.push('');
  shown.push(`\u001b[2m$\u001b[22m \u001b[1msyncengine ${args.join(' ')}\u001b[22m`);
  for (const line of `${stderr}${stdout}`.trimEnd().split('\n')) shown.push(line.replaceAll(home, '~'));
}

function draw(lines) {
  const width = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const [column, row, margin] = [8.4, 19, 20];
  const [across, down] = [Math.ceil(width * column + 2 * margin), Math.ceil(lines.length * row + 2 * margin)];
  const text = lines.map((line, index) => `<text x="${margin}" y="${margin + 14 + index * row}">${spans(line)}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${across}" height="${down}" viewBox="0 0 ${across} ${down}" role="img">`,
    '<title>A plan, a run and a second run of syncengine in a terminal</title>',
    `<rect width="${across}" height="${down}" rx="8" fill="#16181d"/>`,
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#d7dae0" xml:space="preserve">',
    ...text,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** The colours that the command uses, from the codes that it prints. */
function spans(line) {
  const colours = {
    31: '#f2777a',
    32: '#8fce7e',
    33: '#e6c07b',
    34: '#7aa6f2',
    35: '#c792ea',
    36: '#6fc3d0',
    90: '#808693',
  };
  const style = { bold: false, dim: false, colour: undefined };
  let drawn = '';
  // Each code is `ESC [ number m`, and holds for what follows it.
  for (const [index, part] of line.split('\u001b[').entries()) {
    const [, code, text] = index === 0 ? ['', undefined, part] : /^(\d*)m(.*)$/s.exec(part);
    if (code === '1') style.bold = true;
    else if (code === '2') style.dim = true;
    else if (code === '22') style.bold = style.dim = false;
    else if (code !== undefined) style.colour = colours[code];
    if (text === '') continue;
    const fill = style.colour ?? (style.dim ? '#808693' : undefined);
    const attributes = `${fill === undefined ? '' : ` fill="${fill}"`}${style.bold ? ' font-weight="bold"' : ''}`;
    drawn += `<tspan${attributes}>${escaped(text)}</tspan>`;
  }
  return drawn;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
