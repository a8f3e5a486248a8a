export { type ConsiderateOptions, considerate } from './considerate.ts';
export { type AroundCall, decorate, type Layer } from './decorate.ts';
export { type LimitOptions, limited } from './limited.ts';
export { prefixed } from './prefixed.ts';
export { RateLimit } from './rate-limit.ts';
export { readOnly } from './read-only.ts';
export { renamed } from './renamed.ts';
export { type RetryingOptions, type RetryOptions, retrying } from './retrying.ts';
