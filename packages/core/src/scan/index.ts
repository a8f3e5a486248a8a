export { DirectoryScanner, type DirectoryScannerOptions, type ScanProgress } from './directory-scanner.ts';
export { type ExaminerOptions, examine } from './examine.ts';
export { parseSymlinkPolicy, type ScanFilter, type SymlinkPolicy, symlinkPolicies } from './policy.ts';
export { addDigests, type RenameDigestsOptions } from './rename-digests.ts';
