export { createHasher, type Hasher, hashStream, ownAlgorithm } from './hashing.ts';
