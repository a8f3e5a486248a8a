export * from './simulator/index.ts';
export * from './suite/index.ts';
