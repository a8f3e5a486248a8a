import { describe, expect, test } from 'vitest';
import { parseMultipart } from './multipart.ts';

const type = 'multipart/related; boundary=mark';
const body = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');

describe('"Perform a multipart upload"', () => {
  test('the parts are what stands between the boundaries, byte for byte', () => {
    const parts = parseMultipart(
      type,
      body('--mark\nContent-Type: application/json\n\n{}\n--mark\nA: b\n\n\0\n\n--mar\n--mark--'),
    );
    expect(parts.map((part) => part.body.toString('latin1'))).toEqual(['{}', '\0\r\n\r\n--mar']);
    expect(parts[0]?.headers.get('content-type')).toBe('application/json');
  });

  test('an empty part is empty', () => {
    expect(parseMultipart(type, body('--mark\n\n\n--mark--')).map((part) => part.body.byteLength)).toEqual([0]);
  });

  test('a quoted boundary', () => {
    expect(parseMultipart('multipart/related; boundary="mark"', body('--mark\n\nx\n--mark--'))).toHaveLength(1);
  });

  for (const [name, text] of Object.entries({
    'is empty': '',
    'has another boundary': '--other\n\n\nx\n--other--',
    'is cut off': '--mark\n\n\nxyz',
    'has a part without a blank line': '--mark\nx\n--mark--',
  })) {
    test(`a body that ${name} is refused`, () => {
      expect(() => parseMultipart(type, body(text))).toThrow(expect.objectContaining({ status: 400 }));
    });
  }
});
