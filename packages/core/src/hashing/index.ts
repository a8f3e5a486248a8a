export { createHasher, digestOf, type Hasher, hashStream, ownAlgorithm } from './hashing.ts';
export { PromisedHashes } from './promised-hashes.ts';
