import type { StorageClient } from '@syncengine/core';
import { type ConformanceOptions, parametersOf, type SuiteParameters } from './options.ts';
import { Scene } from './scene.ts';

/** What a group of tests is written with. */
export interface Suite {
  /** Only looked at: which tests make sense follows from its capabilities and its optional methods. */
  readonly sample: StorageClient;
  readonly parameters: SuiteParameters;
  /** Makes a further store, beside that of a test. */
  open(): Promise<Scene>;
  /** Gathers tests under a common name. */
  group(name: string, body: (test: DefineTest) => void): void;
}

/** Gathers a test that gets a store of its own. */
export type DefineTest = (name: string, body: (scene: Scene) => Promise<void>) => void;

export interface GatheredTest {
  readonly group: string;
  readonly name: string;
  run(): Promise<void>;
}

/** All tests of some groups for one client, before any runner knows of them. */
export function gather(
  groups: readonly ((suite: Suite) => void)[],
  options: ConformanceOptions,
  sample: StorageClient,
): readonly GatheredTest[] {
  const parameters = parametersOf(options, sample);
  const open = async (): Promise<Scene> => new Scene(await options.factory(), parameters);
  const tests: GatheredTest[] = [];
  const group: Suite['group'] = (groupName, define) =>
    define((name, body) => tests.push({ group: groupName, name, run: () => withScene(open, body) }));
  for (const define of groups) define({ sample, parameters, open, group });
  return tests;
}

async function withScene(open: () => Promise<Scene>, body: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await open();
  try {
    await body(scene);
  } catch (error) {
    await scene.end().catch((another: unknown) => {
      // What the test found matters most, but the other failure may explain it.
      throw new AggregateError([error, another], `${String(error)}; then the store could not be taken away either`);
    });
    throw error;
  }
  await scene.end();
}
