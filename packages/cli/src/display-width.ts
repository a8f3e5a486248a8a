const nothingWide = /^[\u0020-\u007e]*$/;
const combining = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/**
 * Columns that a printable text takes on a terminal. Terminals differ on emoji that are put together; then this says
 * more rather than less, so that a line does not wrap.
 */
export function displayWidth(text: string): number {
  if (nothingWide.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The text, or as much of its end as fits, after three dots: the end of a path says most. */
export function fitEnd(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const kept = takeWhileFits([...text].reverse(), columns - 3).reverse();
  return `...${kept.join('')}`;
}

/** The text, or as much of its beginning as fits. */
export function fitStart(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  return takeWhileFits([...text], columns).join('');
}

/** A text on as many lines as it takes, broken between words; only a word that is longer takes more columns. */
export function wrapWords(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function takeWhileFits(characters: readonly string[], columns: number): string[] {
  const kept: string[] = [];
  let width = 0;
  for (const character of characters) {
    width += widthOf(character);
    if (width > columns) break;
    kept.push(character);
  }
  return kept;
}

function widthOf(character: string): number {
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
