// Bars of seconds, as a picture that stands by itself.

const [left, wide, high, gap] = [190, 420, 16, 26];

/** One group of bars for each workload; `ours` is the name whose bars stand out. */
export function pictureOf(rows, title, ours) {
  const parts = [];
  let y = 34;
  for (const workload of new Set(rows.map((row) => row.workload))) {
    const group = rows.filter((row) => row.workload === workload);
    const longest = Math.max(...group.map(({ seconds }) => seconds));
    parts.push(`<text x="8" y="${y + 12}" font-weight="bold">${escaped(workload)}</text>`);
    y += gap - 6;
    for (const { name, seconds } of group) {
      const width = Math.max(1, (wide * seconds) / longest);
      const colour = name === ours ? '#2563eb' : '#94a3b8';
      parts.push(
        `<text x="${left - 8}" y="${y + 12}" text-anchor="end">${escaped(name)}</text>`,
        `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="${high}" rx="2" fill="${colour}"/>`,
        `<text x="${(left + width + 6).toFixed(1)}" y="${y + 12}">${seconds.toFixed(2)} s</text>`,
      );
      y += high + 4;
    }
    y += gap - high;
  }
  const width = left + wide + 80;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="sans-serif" font-size="12">`,
    `<title>Seconds: ${escaped(title)}</title>`,
    `<rect width="${width}" height="${y}" fill="#ffffff"/>`,
    `<text x="8" y="18" font-size="14">${escaped(title)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
