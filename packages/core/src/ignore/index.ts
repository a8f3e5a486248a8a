export { IgnoreChain } from './chain.ts';
export { IgnoreFileManager, type IgnoreOptions } from './ignore-file-manager.ts';
export { type IgnoreRules, type IgnoreRulesOptions, type IgnoreVerdict, parseIgnoreRules } from './rules.ts';
