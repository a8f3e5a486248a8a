import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../../src/pure.ts', import.meta.url));

describe('@syncengine/core/pure', () => {
  let bundle: string;
  let inputs: readonly string[];

  beforeAll(async () => {
    // No platform: whatever of Node is imported anywhere on the way makes the build fail.
    const { outputFiles, metafile } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'neutral',
      format: 'iife',
      globalName: 'pure',
      logLevel: 'silent',
    });
    bundle = outputFiles[0]?.text ?? '';
    inputs = Object.keys(metafile.inputs);
  });

  /** Runs a program after the bundle, where there is nothing but the language and these names of every browser. */
  function evaluate(program: string): unknown {
    const context = createContext({ TextEncoder, TextDecoder, AbortController });
    new Script(bundle).runInContext(context);
    return new Script(`JSON.parse(JSON.stringify((() => { ${program} })()))`).runInContext(context);
  }

  test('consists of files of the core alone', () => {
    expect(inputs.length).toBeGreaterThan(20);
    expect(inputs.filter((input) => !/(?:^|\/)src\/[^.]+\.ts$/.test(input))).toEqual([]);
  });

  test('is loaded where there is no Node', () => {
    expect(evaluate('return [typeof process, typeof require, typeof Buffer, typeof setTimeout];')).toEqual(
      Array.from({ length: 4 }, () => 'undefined'),
    );
    expect(evaluate('return Object.keys(pure).length;')).toBeGreaterThan(25);
  });

  test('decides row 2 of the table there: a modification is brought to the other side', () => {
    const program = `
      const side = { path: 'a.txt', version: '1' };
      const base = { key: 'a.txt', kind: 'file', size: 1, source: side, destination: side };
      const entry = (size, version) => ({ kind: 'file', path: 'a.txt', size, version });
      const row = {
        key: 'a.txt', base, same: false, newer: undefined, closeInTime: false, passage: false, moved: undefined,
        paths: { source: 'a.txt', destination: 'a.txt' }, hashes: { source: {}, destination: {} },
        source: { kind: 'modified', entry: entry(2, '2') }, destination: { kind: 'unchanged', entry: entry(1, '1') },
      };
      const settable = { times: true, permissions: false };
      const policy = {
        mode: pure.parseSyncMode('tw'), firstRun: false, initial: 'merge', strict: false, force: false,
        suspendDeletions: false, impliedDirectories: false, settable: { source: settable, destination: settable },
      };
      return pure.reconcile([row], policy, () => 'keep-both').map(({ decision }) => decision);`;
    expect(evaluate(program)).toMatchObject([{ kind: 'copy', to: 'destination' }]);
  });

  test('reads ignore rules, names and modes there', () => {
    expect(evaluate(`return pure.parseIgnoreRules('build/', { origin: 'test' }).verdict('build', true);`)).toBe(
      'ignored',
    );
    expect(evaluate(`return pure.joinKey('A\\u0308', 'ignore-case');`)).toBe('\u00e4');
    expect(evaluate(`try { pure.requireValidPath('../x') } catch (error) { return error.code }`)).toBe('invalid-name');
    expect(evaluate(`return pure.parseSyncMode('sb');`)).toEqual(evaluate(`return pure.syncModes['source-backup'];`));
  });
});
