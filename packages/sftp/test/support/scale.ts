import process from 'node:process';

/** `SYNCENGINE_TEST_SCALE=full`: as many and as large files as people have. It takes minutes. */
export const isFullScale: boolean = process.env['SYNCENGINE_TEST_SCALE'] === 'full';
