import { badRequest, DriveError, invalidValue } from './drive-error.ts';
import { fileShape } from './shapes.ts';

/** What the body of a create or an update says of a file. Times are milliseconds since the epoch. */
export interface Metadata {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly description?: string | undefined;
  readonly starred?: boolean | undefined;
  readonly trashed?: boolean | undefined;
  readonly parents?: readonly string[] | undefined;
  readonly createdTime?: number | undefined;
  readonly modifiedTime?: number | undefined;
  readonly originalFilename?: string | undefined;
  readonly targetId?: string | undefined;
  /** `null` takes a property away. */
  readonly appProperties?: Readonly<Record<string, string | null>> | undefined;
  readonly properties?: Readonly<Record<string, string | null>> | undefined;
}

const writableAlways = [
  'name',
  'mimeType',
  'description',
  'starred',
  'modifiedTime',
  'originalFilename',
  'appProperties',
];
const writable: Readonly<Record<'create' | 'update' | 'copy', readonly string[]>> = {
  create: [...writableAlways, 'properties', 'id', 'parents', 'createdTime', 'shortcutDetails'],
  update: [...writableAlways, 'properties', 'trashed'],
  copy: [...writableAlways, 'properties', 'id', 'parents', 'createdTime'],
};

/** "Custom file properties": the largest size of a name and its value together, in UTF-8 bytes. */
const largestProperty = 124;

/**
 * Reads the JSON body of a create, an update or a copy.
 *
 * @throws DriveError 400 for what is no file resource, 403 `fieldNotWritable` for fields that only Drive itself sets
 */
export function parseMetadata(body: Buffer, method: 'create' | 'update' | 'copy'): Metadata {
  const resource = parseObject(body);
  const known = typeof fileShape === 'string' ? [] : Object.keys(fileShape);
  for (const name of Object.keys(resource)) {
    if (!known.includes(name)) {
      throw badRequest(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    }
    if (!writable[method].some((each) => each === name)) throw notWritable(name);
  }
  return {
    id: textOf(resource, 'id'),
    name: textOf(resource, 'name'),
    mimeType: textOf(resource, 'mimeType'),
    description: textOf(resource, 'description'),
    originalFilename: textOf(resource, 'originalFilename'),
    starred: flagOf(resource, 'starred'),
    trashed: flagOf(resource, 'trashed'),
    parents: parentsOf(resource),
    createdTime: timeOf(resource, 'createdTime'),
    modifiedTime: timeOf(resource, 'modifiedTime'),
    targetId: targetOf(resource),
    appProperties: propertiesOf(resource, 'appProperties'),
    properties: propertiesOf(resource, 'properties'),
  };
}

/**
 * What the body of an update of a revision says; its publishing is of documents of the editors.
 *
 * @throws DriveError 400 for what is no revision, 403 `fieldNotWritable`
 */
export function parseKeepForever(body: Buffer): boolean | undefined {
  const resource = parseObject(body);
  for (const name of Object.keys(resource)) if (name !== 'keepForever') throw notWritable(name);
  const value = resource['keepForever'];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidValue('revision.keepForever');
}

type Resource = Readonly<Record<string, unknown>>;

function parseObject(body: Buffer): Resource {
  if (body.byteLength === 0) return {};
  const value = parseJson(body.toString('utf8'));
  if (isObject(value)) return value;
  throw new DriveError(400, 'parseError', 'Parse Error');
}

/** `undefined` for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notWritable(name: string): DriveError {
  const message =
    name === 'parents'
      ? 'The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.'
      : 'The resource body includes fields which are not directly writable.';
  return new DriveError(403, 'fieldNotWritable', message);
}

function textOf(resource: Resource, name: string): string | undefined {
  const value = resource[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidValue(`file.${name}`);
}

function flagOf(resource: Resource, name: string): boolean | undefined {
  const value = resource[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidValue(`file.${name}`);
}

/** RFC 3339, with at most milliseconds kept. */
function timeOf(resource: Resource, name: string): number | undefined {
  const text = textOf(resource, name);
  if (text === undefined) return undefined;
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text))
    throw invalidValue(`file.${name}`);
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw invalidValue(`file.${name}`);
  return time;
}

function parentsOf(resource: Resource): readonly string[] | undefined {
  const value = resource['parents'];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalidValue('file.parents');
  return value.map((each: unknown) => {
    if (typeof each === 'string') return each;
    throw invalidValue('file.parents');
  });
}

function targetOf(resource: Resource): string | undefined {
  const details = resource['shortcutDetails'];
  if (details === undefined) return undefined;
  if (!isObject(details)) throw invalidValue('file.shortcutDetails');
  if (Object.keys(details).some((name) => name !== 'targetId')) throw notWritable('shortcutDetails');
  return textOf(details, 'targetId');
}

function propertiesOf(resource: Resource, name: string): Readonly<Record<string, string | null>> | undefined {
  const value = resource[name];
  if (value === undefined) return undefined;
  if (!isObject(value)) throw invalidValue(`file.${name}`);
  const checked: Record<string, string | null> = {};
  for (const [key, text] of Object.entries(value)) {
    if (text !== null && typeof text !== 'string') throw invalidValue(`file.${name}`);
    if (Buffer.byteLength(key) + Buffer.byteLength(text ?? '') > largestProperty) {
      throw badRequest(`Properties are limited to ${largestProperty} bytes for the key and the value together.`);
    }
    checked[key] = text;
  }
  return checked;
}
