import { badRequest, DriveError, invalidValue } from './drive-error.ts';

type ParameterType = 'text' | 'boolean' | 'integer';

/** The parameters that a method knows. */
export type ParameterRules = Readonly<Record<string, ParameterType>>;

/** "Standard query parameters": known to every method. */
const standard: ParameterRules = {
  alt: 'text',
  fields: 'text',
  key: 'text',
  oauth_token: 'text',
  access_token: 'text',
  prettyPrint: 'boolean',
  quotaUser: 'text',
  userIp: 'text',
  callback: 'text',
  '$.xgafv': 'text',
  upload_protocol: 'text',
};

/** The query of a request, checked against what its method knows. */
export class Parameters {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** @throws DriveError 400 for unknown parameters, and for values that are not of the parameter's type */
  static check(search: URLSearchParams, rules: ParameterRules): Parameters {
    const values = new Map<string, string>();
    for (const [name, value] of search) {
      const type = Object.hasOwn(rules, name)
        ? rules[name]
        : Object.hasOwn(standard, name)
          ? standard[name]
          : undefined;
      if (type === undefined) {
        throw badRequest(`Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`);
      }
      if (values.has(name)) throw badRequest(`Parameter ${name} is given more than once.`);
      if (type === 'boolean' && value !== 'true' && value !== 'false') throw invalidValue(name);
      if (type === 'integer' && !/^-?\d+$/.test(value)) throw invalidValue(name);
      values.set(name, value);
    }
    return new Parameters(values);
  }

  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** @throws DriveError 400 `required` */
  required(name: string): string {
    const value = this.#values.get(name);
    if (value !== undefined && value !== '') return value;
    throw new DriveError(400, 'required', `Required parameter: ${name}`, { location: name });
  }

  /** `false` where it is not given. */
  flag(name: string): boolean {
    return this.#values.get(name) === 'true';
  }

  /** @throws DriveError 400 `invalidParameter` for a number out of its bounds */
  integer(name: string, { minimum, maximum, otherwise }: IntegerRule): number {
    const value = this.#values.get(name);
    if (value === undefined) return otherwise;
    const number = Number(value);
    if (number >= minimum && number <= maximum) return number;
    const message = `Invalid value '${value}'. Values must be within the range: [${minimum}, ${maximum}]`;
    throw new DriveError(400, 'invalidParameter', message, { location: name });
  }

  /** All that says which list this is a page of: a token is good only for the same. */
  get queryText(): string {
    const kept = [...this.#values].filter(
      ([name]) => !['pageToken', 'pageSize', 'fields', 'prettyPrint'].includes(name),
    );
    return JSON.stringify(kept.sort(([left], [right]) => (left < right ? -1 : 1)));
  }
}

interface IntegerRule {
  readonly minimum: number;
  readonly maximum: number;
  readonly otherwise: number;
}
