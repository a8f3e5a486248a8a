export {
  type ConfiguredPair,
  type ConfiguredPlace,
  fieldNames,
  mergeSettings,
} from './configuration.ts';
export { withReferences } from './environment-references.ts';
export { type Configuration, checkConfiguration, configurationName, loadConfiguration } from './load.ts';
