export {
  type ConfiguredPlace,
  fieldNames,
  mergeSettings,
  namesOf,
} from './configuration.ts';
export { withReferences } from './environment-references.ts';
export { type Configuration, checkConfiguration, configurationName, loadConfiguration } from './load.ts';
