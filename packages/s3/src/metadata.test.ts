import { describe, expect, test } from 'vitest';
import { asStored, hashIn, hashMetadata, timeIn, timeMetadata } from './metadata.ts';

describe('times in metadata', () => {
  test.each([
    [0, '0'],
    [1_700_000_000_000, '1700000000'],
    [1_700_000_000_123.456, '1700000000.123456'],
    [1_700_000_000_120, '1700000000.12'],
    [0.001, '0.000001'],
    [-0.25, '-0.00025'],
    [-86_400_250, '-86400.25'],
    [-0.0001, '0'],
  ])('%d ms is written as %s', (modifiedAt, mtime) => {
    expect(timeMetadata(modifiedAt)).toEqual({ mtime });
    expect(timeIn({ mtime })).toBe(asStored(modifiedAt) + 0);
  });

  test('what rclone writes to the nanosecond is read to the microsecond', () => {
    expect(timeIn({ mtime: '1700000000.123456789' })).toBe(1_700_000_000_123.457);
  });

  test.each(['', 'yesterday', '1e9', '1,5', '12.', '0x10', '99999999999999999999'])('%j is no time', (mtime) => {
    expect(timeIn({ mtime })).toBeUndefined();
  });
});

describe('hashes in metadata', () => {
  test('are base64 of the MD5', () => {
    const md5 = '900150983cd24fb0d6963f7d28e17f72';
    expect(hashMetadata(md5)).toEqual({ md5chksum: 'kAFQmDzST7DWlj99KOF/cg==' });
    expect(hashIn(hashMetadata(md5))).toBe(md5);
  });

  test.each(['', 'AAAA', 'not base64 at all, however long it may get'])('%j is none', (md5chksum) => {
    expect(hashIn({ md5chksum })).toBeUndefined();
  });

  test('nothing is in no metadata', () => {
    expect([hashIn(undefined), timeIn(undefined)]).toEqual([undefined, undefined]);
  });
});
