import type { Colors } from './colors.ts';
import type { ExplainedBase, ExplainedSide, Explanation } from './explain.ts';
import { printable } from './printable.ts';
import { formatBytes } from './units.ts';

/** An explanation for people: what was, what is on each side, and what comes of it. */
export function explanationText(
  { pair, path, base, source, destination, decision }: Explanation,
  colors: Colors,
): string {
  const name = pair === undefined ? path : `${pair}: ${path}`;
  const rows = [
    ['base', base === null ? 'never in sync' : described(base)],
    ['source', side(source)],
    ['destination', side(destination)],
    ['decision', printable(decision)],
  ];
  return [
    colors.bold(printable(name)),
    ...rows.map(([head = '', text = '']) => `  ${head.padEnd(11)}  ${text}`),
    '',
  ].join('\n');
}

function side(observed: ExplainedSide): string {
  const { change, kind } = observed;
  return kind === undefined ? change : `${change}: ${described({ ...observed, kind })}`;
}

function described({
  kind,
  size,
  modifiedAt,
}: Pick<ExplainedBase, 'modifiedAt'> & { kind: string; size?: number }): string {
  const parts: string[] = [kind];
  if (kind === 'file' && size !== undefined) parts.push(formatBytes(size));
  if (kind !== 'directory' && modifiedAt !== undefined) parts.push(`of ${new Date(modifiedAt).toISOString()}`);
  return parts.join(', ');
}
