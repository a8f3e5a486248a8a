import type { StorageClient } from '@syncengine/core';
import { allGroups } from './groups/index.ts';
import type { ConformanceOptions, TestRunner } from './options.ts';
import { type GatheredTest, gather } from './suite.ts';

/**
 * Defines the contract of a storage client as tests of the given runner. Which of them make sense follows from what the
 * client declares; what it declares is tested to be true.
 *
 * Await it at the top of a test file: unless a sample is given, the factory is asked for one before the tests are defined.
 *
 * @throws TypeError when an option makes no sense; what the factory throws
 */
export async function conformance(options: ConformanceOptions): Promise<void> {
  const { runner, skip = {} } = options;
  const sample = options.sample ?? (await sampleOf(options));
  const tests = gather(allGroups, options, sample);
  requireSensibleSkips(skip, runner, tests);
  runner.describe(`${options.name} as a storage client`, () => {
    for (const group of new Set(tests.map((test) => test.group))) {
      runner.describe(group, () => {
        for (const test of tests.filter((candidate) => candidate.group === group)) {
          const reason = skip[fullName(test)];
          if (reason !== undefined) runner.skip?.(test.name, reason);
          else runner.test(test.name, () => test.run());
        }
      });
    }
  });
}

/** The capabilities and methods of a client stay readable when it is closed, and its store gone. */
async function sampleOf(options: ConformanceOptions): Promise<StorageClient> {
  const fixture = await options.factory();
  await fixture.client.close?.();
  await fixture.dispose?.();
  return fixture.client;
}

function fullName(test: GatheredTest): string {
  return `${test.group} › ${test.name}`;
}

function requireSensibleSkips(
  skips: Readonly<Record<string, string>>,
  runner: TestRunner,
  tests: readonly GatheredTest[],
): void {
  const names = new Set(tests.map(fullName));
  for (const [name, reason] of Object.entries(skips)) {
    if (!names.has(name)) throw new TypeError(`No test of the suite is called ${JSON.stringify(name)}.`);
    if (reason.trim() === '') throw new TypeError(`The skip of ${JSON.stringify(name)} needs a reason.`);
    if (runner.skip === undefined) {
      throw new TypeError('A runner that is to leave out tests needs a `skip` that tells of them.');
    }
  }
}
