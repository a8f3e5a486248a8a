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

function isInstalled(command) {
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

/** Those of the programs that are installed and asked for; what is missing is named with its Debian package. */
export function presentOf(programs, only) {
  return programs.filter(({ name, package: debian, command = name }) => {
    if (only !== undefined && !only.includes(name)) return false;
    if (debian === undefined || isInstalled(command)) return true;
    console.log(`${name} is not installed (Debian package: ${debian}), so it is not compared with.`);
    return false;
  });
}
