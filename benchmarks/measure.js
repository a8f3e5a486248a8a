// What the benchmarks share: whole processes, timed, with the processor time and the peak memory of all that they started.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const gnuTime = '/usr/bin/time';

/** Runs a command to its end. `cpu` and `megabytes` are undefined where GNU time is not installed. */
export function measure(command, parameters, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'syncengine-measure-'));
  const report = join(folder, 'report');
  const hasTime = existsSync(gnuTime);
  const [executable, ...rest] = hasTime
    ? [gnuTime, '-o', report, '-f', '%U %S %M', command, ...parameters]
    : [command, ...parameters];
  try {
    const begin = process.hrtime.bigint();
    const { status, stderr, error } = spawnSync(executable, rest, {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, ...options.env },
    });
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    if (error !== undefined) throw error;
    if (status !== 0 && !(options.accepts ?? []).includes(status)) {
      throw new Error(`${command} ended with ${status}: ${stderr.slice(-2000)}`);
    }
    if (!hasTime) return { seconds, cpu: undefined, megabytes: undefined };
    const figures = readFileSync(report, 'utf8').trim().split('\n').at(-1) ?? '';
    const [user = 0, system = 0, kilobytes = 0] = figures.split(' ').map(Number);
    return { seconds, cpu: user + system, megabytes: kilobytes / 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function isInstalled(command) {
  return spawnSync(command, ['--version']).error === undefined;
}

/** The first line that a program says of its version. */
export function versionOf(command, flag = '--version') {
  const { stdout } = spawnSync(command, [flag], { encoding: 'utf8' });
  return (stdout ?? '').split('\n')[0]?.trim() ?? '';
}

function median(values) {
  const known = values.filter((value) => value !== undefined).sort((left, right) => left - right);
  return known[Math.floor(known.length / 2)];
}

/** Medians of rounds, one row for each contender and workload. */
export class Figures {
  #rows = new Map();

  note(workload, name, measured) {
    const key = JSON.stringify([workload, name]);
    const rounds = this.#rows.get(key) ?? [];
    rounds.push(measured);
    this.#rows.set(key, rounds);
  }

  rows() {
    return [...this.#rows].map(([key, rounds]) => {
      const [workload, name] = JSON.parse(key);
      const of = (field) => median(rounds.map((round) => round[field]));
      return { workload, name, seconds: of('seconds'), cpu: of('cpu'), megabytes: of('megabytes') };
    });
  }
}

/** A table in Markdown; `ours` is the name by whose figures the ratios are taken. */
export function tableOf(rows, ours) {
  const lines = [
    '| workload | program | seconds | processor s | peak MB | ours / theirs | of processor time |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const { workload, name, seconds, cpu, megabytes } of rows) {
    const own = rows.find((row) => row.workload === workload && row.name === ours);
    const ratio = (mine, theirs) =>
      name === ours || mine === undefined || theirs === undefined || theirs === 0 ? '' : (mine / theirs).toFixed(2);
    const number = (value, digits) => (value === undefined ? '?' : value.toFixed(digits));
    lines.push(
      `| ${workload} | ${name} | ${number(seconds, 2)} | ${number(cpu, 2)} | ${number(megabytes, 0)} | ${ratio(own?.seconds, seconds)} | ${ratio(own?.cpu, cpu)} |`,
    );
  }
  return lines.join('\n');
}

/** Bars of seconds, one group for each workload, as a picture that stands by itself. */
export function pictureOf(rows, title) {
  const workloads = [...new Set(rows.map(({ workload }) => workload))];
  const [left, wide, high, gap] = [190, 420, 16, 26];
  const parts = [];
  let y = 34;
  for (const workload of workloads) {
    const group = rows.filter((row) => row.workload === workload);
    const longest = Math.max(...group.map(({ seconds }) => seconds));
    parts.push(`<text x="8" y="${y + 12}" font-weight="bold">${escaped(workload)}</text>`);
    y += gap - 6;
    for (const { name, seconds } of group) {
      const width = Math.max(1, (wide * seconds) / longest);
      const colour = name === 'syncengine' ? '#2563eb' : '#94a3b8';
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
