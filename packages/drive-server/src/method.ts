import type { Answer } from './answer.ts';
import type { DriveState } from './drive-state.ts';
import type { ParameterRules, Parameters } from './parameters.ts';

/** A request, as a method of the API gets it. */
export interface Call {
  readonly state: DriveState;
  readonly parameters: Parameters;
  /** The part of the path that the method's pattern catches. */
  readonly id: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** False when the connection ended before all of the body was there. */
  readonly whole: boolean;
  /** Where this server is reached, without a slash at the end. */
  readonly origin: string;
}

/** One method of the API. */
export interface Method {
  readonly name: string;
  readonly verb: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly pattern: RegExp;
  readonly parameters: ParameterRules;
  answer(call: Call): Answer;
}
