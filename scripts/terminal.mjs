// What a command shows in a terminal: it is run in a pseudo-terminal by `script` of util-linux, and what it writes is put onto a
// screen, as far as the commands of this project move on theirs.
import { spawnSync } from 'node:child_process';

/**
 * Runs a line of shell in a terminal of so many columns.
 *
 * @returns `screen`, what stands there at the end, and `frames`, what stood there each time before it was drawn anew: lines
 *   with the codes of their colours
 */
export function inTerminal(line, { columns, cwd, env, edit = (text) => text }) {
  const command = `stty cols ${columns} rows 50; ${line}`;
  const { stdout, status, error } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...env, SHELL: '/bin/sh', TERM: 'xterm' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status, ...played(edit(stdout), columns) };
}

const controlCode = '\u001b';
const pieces = new RegExp(`${controlCode}\\[([?\\d;]*)([A-Za-z])|\\r|\\n|[^${controlCode}\\r\\n]`, 'gu');

function played(text, columns) {
  const rows = [[]];
  const frames = [];
  let [row, column, codes] = [0, 0, plain];
  for (const [piece, numbers, letter] of text.matchAll(pieces)) {
    if (letter === 'm') codes = styled(codes, numbers);
    else if (letter === 'A') {
      frames.push(linesOf(rows));
      row = Math.max(0, row - Math.max(1, Number(numbers)));
    } else if (letter === 'J') {
      rows.length = row + 1;
      rows[row].length = Math.min(rows[row].length, column);
    } else if (letter !== undefined) throw new Error(`The terminal does not know ${JSON.stringify(piece)}.`);
    else if (piece === '\r') column = 0;
    else if (piece === '\n') row += 1;
    else {
      if (column >= columns) [row, column] = [row + 1, 0];
      rows[row] ??= [];
      rows[row][column] = { piece, codes };
      column += 1;
    }
    rows[row] ??= [];
  }
  return { screen: linesOf(rows), frames };
}

const plain = JSON.stringify({});

/** What holds after a code of colour or weight, as text. */
function styled(codes, number) {
  const { bold, dim, colour } = JSON.parse(codes);
  switch (number) {
    case '':
    case '0':
      return plain;
    case '1':
      return JSON.stringify({ bold: true, dim, colour });
    case '2':
      return JSON.stringify({ bold, dim: true, colour });
    case '22':
      return JSON.stringify({ colour });
    case '39':
      return JSON.stringify({ bold, dim });
    default:
      return JSON.stringify({ bold, dim, colour: number });
  }
}

/** Codes for a style, after everything is reset. */
function written(codes) {
  const { bold, dim, colour } = JSON.parse(codes);
  const numbers = [bold ? '1' : undefined, dim ? '2' : undefined, colour].filter((each) => each !== undefined);
  return `\u001b[0m${numbers.map((each) => `\u001b[${each}m`).join('')}`;
}

function linesOf(rows) {
  const lines = Array.from(rows, (cells = []) => {
    let [line, codes] = ['', plain];
    for (const cell of Array.from(cells, (each) => each ?? { piece: ' ', codes: plain })) {
      if (cell.codes !== codes) line += written(cell.codes);
      codes = cell.codes;
      line += cell.piece;
    }
    return codes === plain ? line : `${line}\u001b[0m`;
  });
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
