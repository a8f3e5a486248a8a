// `pnpm docs:picture`: plays a small story with the built command in a terminal of 80 columns, and keeps what it shows: as a
// picture, docs/run.svg, as text, docs/run.txt, and in the README of the command behind `<!-- captured: … -->`. What stands there
// is the command's own output; only the home folder is written as `~`. It needs `script` of util-linux.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { inTerminal } from './terminal.mjs';

const columns = 80;
const command = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const [picture, text, readme] = ['../docs/run.svg', '../docs/run.txt', '../packages/cli/README.md'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const home = mkdtempSync(join(tmpdir(), 'syncengine-picture-'));
const pair = '~/documents ~/backup/documents';
const shown = [];

try {
  put('bin/syncengine', `#!/bin/sh\nexec '${process.execPath}' '${command}' "$@"\n`);
  chmodSync(join(home, 'bin/syncengine'), 0o755);
  put('documents/report.odt', 48_200);
  put('documents/notes.txt', 298);
  put('documents/music/song.flac', 31_400_000);
  put('documents/old.txt', 1_200);
  for (let index = 1; index <= 12; index += 1)
    put(`documents/photos/2025/img-${1000 + index}.jpg`, 210_000 + 977 * index);
  run(`syncengine sync ${pair} --quiet`);
  put('documents/report.odt', 48_900);
  put('documents/letters/2026.odt', 24_100);
  put('backup/documents/notes.txt', 310, 1);
  rmSync(join(home, 'documents/old.txt'));
  renameSync(join(home, 'documents/music'), join(home, 'documents/music of 2026'));

  const plan = type(`syncengine plan ${pair}`);
  const explanation = run(`syncengine plan ${pair} --explain notes.txt`);
  for (let index = 1; index <= 40; index += 1) {
    put(`documents/photos/2026/img-${2000 + index}.jpg`, 210_000 + 977 * index);
  }
  for (let index = 1; index <= 6; index += 1) put(`documents/videos/lake-${index}.mp4`, 6_100_000 + 97_770 * index);
  const progress = typeAndWatch(`syncengine sync ${pair} --bandwidth 16M`, 60);
  type(`syncengine sync ${pair}`);

  capture({ plan: plan.screen, explanation: explanation.screen, progress });
} finally {
  rmSync(home, { recursive: true });
}
writeFileSync(text, `${shown.map(stripVTControlCharacters).join('\n')}\n`);
writeFileSync(picture, draw(shown));
execFileSync('git', ['diff', '--stat', '--', picture, text, readme], { stdio: 'inherit' });

/** A file of so many bytes, or with a text; its time is always the same. */
function put(path, content, minutes = 0) {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'number' ? Buffer.alloc(content, `${path} ${content} `) : content);
  const time = Date.UTC(2026, 10, 22, 10, 15 + minutes) / 1000;
  utimesSync(file, time, time);
}

function run(line) {
  const { NO_COLOR: _none, CI: _ci, FORCE_COLOR: _forced, ...rest } = process.env;
  const env = { ...rest, HOME: home, XDG_STATE_HOME: join(home, 'state'), PATH: `${join(home, 'bin')}:${rest.PATH}` };
  const result = inTerminal(line, { columns, cwd: home, env, edit: (shownText) => shownText.replaceAll(home, '~') });
  if (result.status !== 0) throw new Error(`${line} ended with ${result.status}:\n${result.screen.join('\n')}`);
  return result;
}

/** Runs a line and shows it. */
function type(line) {
  const result = run(line);
  show(line, result.screen);
  return result;
}

/** The same of a run that takes a while: with its progress, before the last line takes its place. @returns the progress */
function typeAndWatch(line, percent) {
  const { frames, screen } = run(line);
  const frame = frames.find((each) => each.some((row) => percentIn(row) >= percent));
  if (frame === undefined) throw new Error(`${line} was over too soon.`);
  const progress = frame.slice(frame.findIndex((row) => percentIn(row) >= percent));
  show(line, [...screen.slice(0, -1), ...progress, ...screen.slice(-1)]);
  return progress;
}

function show(line, rows) {
  if (shown.length > 0) shown.push('');
  shown.push(`\u001b[2m$\u001b[22m \u001b[1m${line}\u001b[22m`, ...rows);
}

function percentIn(row) {
  return Number(/^ *(\d+)% {2}\[/.exec(stripVTControlCharacters(row))?.[1] ?? -1);
}

/** Puts what was captured into the README of the command, into the block behind its mark. */
function capture(captured) {
  let page = readFileSync(readme, 'utf8');
  for (const [name, lines] of Object.entries(captured)) {
    const mark = new RegExp(`(<!-- captured: ${name} -->\n\n\`\`\`\\w*\n).*?(\n\`\`\`\n)`, 's');
    if (!mark.test(page)) throw new Error(`${readme} has no place for ${name}.`);
    const body = lines.map(stripVTControlCharacters).join('\n');
    page = page.replace(mark, (_all, before, after) => `${before}${body}${after}`);
  }
  writeFileSync(readme, page);
}

function draw(lines) {
  const width = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const [column, row, margin] = [8.4, 19, 20];
  const [across, down] = [Math.ceil(width * column + 2 * margin), Math.ceil(lines.length * row + 2 * margin)];
  const drawn = lines.map(
    (line, index) => `<text x="${margin}" y="${margin + 14 + index * row}">${spans(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${across}" height="${down}" viewBox="0 0 ${across} ${down}" role="img">`,
    '<title>A plan, a run with its progress, and a further run of syncengine in a terminal</title>',
    `<rect width="${across}" height="${down}" rx="8" fill="#16181d"/>`,
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#d7dae0" xml:space="preserve">',
    ...drawn,
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
    const [, code, content] = index === 0 ? ['', undefined, part] : /^(\d*)m(.*)$/s.exec(part);
    if (code === '1') style.bold = true;
    else if (code === '2') style.dim = true;
    else if (code === '22') style.bold = style.dim = false;
    else if (code === '0') Object.assign(style, { bold: false, dim: false, colour: undefined });
    else if (code !== undefined) style.colour = colours[code];
    if (content === '') continue;
    const fill = style.colour ?? (style.dim ? '#808693' : undefined);
    const attributes = `${fill === undefined ? '' : ` fill="${fill}"`}${style.bold ? ' font-weight="bold"' : ''}`;
    drawn += `<tspan${attributes}>${escaped(content)}</tspan>`;
  }
  return drawn;
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
