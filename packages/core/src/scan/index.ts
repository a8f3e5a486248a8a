export { DirectoryScanner, type DirectoryScannerOptions } from './directory-scanner.ts';
export { examine } from './examine.ts';
export { isAt, type Landmark } from './landmark.ts';
export { ListingFindings, ScanAgain } from './listing-findings.ts';
export { parseSymlinkPolicy, type ScanFilter, type SymlinkPolicy, symlinkPolicies } from './policy.ts';
export { addDigests } from './rename-digests.ts';
