export type { AdapterModule } from './adapters.ts';
export type { Environment, InterruptionSignal, Output, SignalSource } from './environment.ts';
export { main } from './main.ts';
export type { ExitCode } from './outcome.ts';
