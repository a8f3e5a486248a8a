export { conformance } from './conformance.ts';
export type { ConformanceOptions, Fixture, TestRunner } from './options.ts';
