export type { AdapterFlags } from './adapter-flags.ts';
export type { AdapterSources } from './adapter-packages.ts';
export type { AdapterModule } from './adapters.ts';
export type { Environment, Input, InterruptionSignal, Output, SignalSource } from './environment.ts';
export { main } from './main.ts';
export type { ExitCode } from './outcome.ts';
