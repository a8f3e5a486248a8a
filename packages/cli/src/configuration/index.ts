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
export { type Configuration, checkConfiguration, configurationName, loadConfiguration } from './load.ts';
