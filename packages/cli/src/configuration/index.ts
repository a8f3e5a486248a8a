export {
  type ConfigurationContent,
  type ConfiguredPair,
  type ConfiguredPlace,
  canBeName,
  fieldNames,
  mergeSettings,
  type SharedLimitSettings,
} from './configuration.ts';
export { withReferences } from './environment-references.ts';
export { type Configuration, configurationName, loadConfiguration } from './load.ts';
