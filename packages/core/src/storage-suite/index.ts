export { storageSuite } from './suite.ts';
