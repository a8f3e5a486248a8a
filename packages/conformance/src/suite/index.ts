export { type BenchmarkOptions, type BenchmarkRow, benchmarkTable, storageBenchmark } from './benchmark.ts';
export { conformance } from './conformance.ts';
export type { ConformanceOptions, Fixture, TestRunner } from './options.ts';
