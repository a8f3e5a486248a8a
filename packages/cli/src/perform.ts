import type { Command } from 'commander';
import type { Environment } from './environment.ts';
import type { ExitCode } from './outcome.ts';

/** What carries a command out: given the world around it, it never throws, but says what went wrong. */
type Work = (environment: Environment) => Promise<ExitCode>;

/** Hands over what was asked for; it is done once all that was typed has been read. */
export type Perform = (work: Work) => Promise<void>;

/** Adds a command to the program: its flags, its help and its examples. What carries it out is loaded when it is called. */
export type DefineCommand = (program: Command, perform: Perform) => void;
