import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

// The servers start a process for each connection, and directories of 20,000 files are listed: a busy machine needs its time.
const patience = 300_000;

export default mergeConfig(shared, { test: { name: 'ftp', testTimeout: patience, hookTimeout: patience } });
