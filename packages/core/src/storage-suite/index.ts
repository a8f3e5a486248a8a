export { type Fixture, type SuiteSubject, storageSuite, type TestRunner } from './suite.ts';
