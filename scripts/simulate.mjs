// `pnpm simulate --runs N --seed S [--jobs J]` plays simulated histories of pairs and judges every run of them;
// `pnpm simulate --replay S` tells the story of one, and with `--json` the smallest case that fails like it, as a line for
// the regressions. With `--feeds` some sides have a feed of changes. Builds what it needs first, unless told that it is
// `--built`. Ends with 1 when a promise is broken.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const conformance = new URL('../packages/conformance/dist/index.js', import.meta.url).href;
/** Cases that a worker takes at a time, so that no two workers play the same. */
const share = 1_000;

if (isMainThread) await main();
else await work();

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '100000' },
      seed: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      replay: { type: 'string' },
      built: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      feeds: { type: 'boolean', default: false },
      failures: { type: 'string', default: '1' },
    },
  });
  if (!values.built) build();
  if (values.replay !== undefined) return await replayOne(whole('replay', values.replay), values);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole('seed', values.seed);
  const runs = whole('runs', values.runs);
  const jobs = whole('jobs', values.jobs);
  console.log(`Simulating ${runs} runs from seed ${seed} in ${jobs} job${jobs === 1 ? '' : 's'}.`);
  const begin = Date.now();
  const total = await simulateAll({
    seed,
    runs,
    jobs,
    failures: whole('failures', values.failures),
    feeds: values.feeds,
  });
  const seconds = (Date.now() - begin) / 1000;
  console.log(
    `${total.runs} runs of ${total.cases} cases from seed ${seed} in ${seconds.toFixed(1)} s with ${jobs} job${jobs === 1 ? '' : 's'}, ${Math.round(total.runs / seconds)} a second: ` +
      `${total.failures === 0 ? 'every promise held' : `${total.failures} broken, see above`}.`,
  );
  process.exitCode = total.failures === 0 ? 0 : 1;
}

/** Hands out shares of seeds until the runs are done or enough has failed. */
async function simulateAll({ seed, runs, jobs, failures, feeds }) {
  const total = { runs: 0, cases: 0, failures: 0 };
  let next = seed;
  let playing = 0;
  let told = Date.now();
  const one = () =>
    new Promise((resolve, reject) => {
      // What a run makes seldom outlives it: with room for it, most of it is never collected one by one.
      const worker = new Worker(new URL(import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: 64 } });
      const hand = () => {
        // A case is some fifteen runs; what is left, and not being played already, is shared by all.
        const left = runs - total.runs - playing * 15;
        if (left <= 0 || total.failures >= failures) return worker.postMessage(undefined);
        const cases = Math.min(share, Math.ceil(left / 15 / jobs));
        worker.postMessage({ seed: next, cases, feeds });
        next += cases;
        playing += cases;
      };
      worker.on('message', (report) => {
        playing -= report.cases;
        total.runs += report.runs;
        total.cases += report.cases;
        for (const failure of report.failures) {
          total.failures += 1;
          console.log(
            `\n${failure.story}\n\nReplay it in full with: pnpm simulate${feeds ? ' --feeds' : ''} --replay ${failure.seed}`,
          );
        }
        if (Date.now() - told > 10_000) {
          told = Date.now();
          console.log(`  ${total.runs} runs, ${total.failures} broken`);
        }
        hand();
      });
      worker.on('error', reject);
      worker.on('exit', resolve);
      hand();
    });
  await Promise.all(Array.from({ length: jobs }, one));
  return total;
}

async function work() {
  const { replay } = await import(conformance);
  parentPort.on('message', async (task) => {
    if (task === undefined) return parentPort.close();
    const report = { runs: 0, cases: 0, failures: [] };
    for (let index = 0; index < task.cases; index += 1) {
      const { runs, failure } = await replay(task.seed + index, { feeds: task.feeds });
      report.runs += runs;
      report.cases += 1;
      if (failure !== undefined) report.failures.push(failure);
    }
    parentPort.postMessage(report);
  });
}

async function replayOne(seed, { json, feeds }) {
  const { generate, replay, tell } = await import(conformance);
  if (!json) console.log(await tell(generate(seed, { feeds })));
  const { failure } = await replay(seed, { feeds });
  if (failure === undefined) return;
  if (json) return console.log(JSON.stringify({ wasWrong: failure.message, case: failure.smallest }));
  console.log(`\nThe smallest case that fails in the same way:\n\n${failure.story}`);
  process.exitCode = 1;
}

function build() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const turbo = fileURLToPath(new URL('turbo.mjs', import.meta.url));
  const built = spawnSync(process.execPath, [turbo, 'run', 'build', '--filter=@syncengine/conformance'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (built.status === 0) return;
  process.stderr.write(`${built.stdout}${built.stderr}\nThe simulator could not be built.\n`);
  process.exit(1);
}

function whole(name, text) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  process.stderr.write(`--${name} must be a whole number, not ${text}.\n`);
  process.exit(2);
}
