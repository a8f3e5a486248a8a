/** An answer of Google's client libraries, as far as it is looked at. */
export interface DriveAnswer {
  readonly status: number;
  readonly data: unknown;
  readonly headers: unknown;
}

/** A method of Google's client libraries: parameters, then options of this one call. */
type DriveMethod = (parameters: object, options: object) => Promise<DriveAnswer>;

/**
 * What this package needs of a Drive client, version 3. A client made with `@googleapis/drive` fits, and one made with
 * `googleapis`; which of the two it is makes no difference.
 */
export interface DriveClient {
  readonly files: {
    readonly list: DriveMethod;
    readonly get: DriveMethod;
    readonly create: DriveMethod;
    readonly update: DriveMethod;
    readonly delete: DriveMethod;
    readonly copy: DriveMethod;
    readonly export: DriveMethod;
    readonly generateIds: DriveMethod;
  };
  readonly revisions: { readonly list: DriveMethod; readonly get: DriveMethod };
  readonly changes: { readonly list: DriveMethod; readonly getStartPageToken: DriveMethod };
  readonly about: { readonly get: DriveMethod };
}
