import { describe, expect, test } from 'vitest';
import { applyFields, parseFields } from './fields-mask.ts';
import { shapes } from './shapes.ts';

const list = {
  kind: 'drive#fileList',
  nextPageToken: 't',
  files: [{ id: '1', name: 'a', capabilities: { canEdit: true, canShare: false }, appProperties: { k: 'v', l: 'w' } }],
};
const select = (fields: string): unknown => applyFields(list, parseFields(fields, shapes.fileList));

describe('"Return specific fields"', () => {
  test('a comma-separated list, nested by parentheses or slashes', () => {
    expect(select('nextPageToken, files(id, name)')).toEqual({ nextPageToken: 't', files: [{ id: '1', name: 'a' }] });
    expect(select('files/id,files/name')).toEqual({ files: [{ id: '1', name: 'a' }] });
    expect(select('files(capabilities/canEdit)')).toEqual({ files: [{ capabilities: { canEdit: true } }] });
    expect(select('files/appProperties/k')).toEqual({ files: [{ appProperties: { k: 'v' } }] });
  });

  test('a wildcard selects all', () => {
    expect(select('*')).toEqual(list);
    expect(select('files(*)')).toEqual({ files: list.files });
    expect(select('files/*')).toEqual({ files: list.files });
  });

  for (const fields of [
    'title',
    'files(nonsense)',
    'files(id',
    'files)',
    'files(id),',
    '',
    'kind/id',
    'files(id)(name)',
  ]) {
    test(`refuses ${JSON.stringify(fields)}`, () => {
      const refusal = expect.objectContaining({ status: 400, reason: 'invalidParameter' });
      expect(() => parseFields(fields, shapes.fileList)).toThrow(refusal);
    });
  }
});
