export interface DriveErrorOptions {
  /** Default: `global`. */
  readonly domain?: 'global' | 'usageLimits' | undefined;
  /** The parameter or header that is to blame. */
  readonly location?: string | undefined;
  /** Default: `parameter`, where a location is given. */
  readonly locationType?: 'parameter' | 'header' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An answer by which Drive refuses, told as the reference's "Resolve errors" shows it. */
export class DriveError extends Error {
  override readonly name = 'DriveError';
  readonly status: number;
  readonly reason: string;
  readonly options: DriveErrorOptions;

  constructor(status: number, reason: string, message: string, options: DriveErrorOptions = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.options = options;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.options.headers ?? {};
  }

  /** The JSON object that is sent. */
  get body(): unknown {
    const { domain = 'global', location, locationType = 'parameter' } = this.options;
    const place = location === undefined ? {} : { locationType, location };
    const detail = { domain, reason: this.reason, message: this.message, ...place };
    return { error: { errors: [detail], code: this.status, message: this.message } };
  }
}

export function invalidValue(location: string, message = 'Invalid Value'): DriveError {
  return new DriveError(400, 'invalid', message, { location });
}

export function badRequest(message: string): DriveError {
  return new DriveError(400, 'badRequest', message);
}

export function fileNotFound(id: string): DriveError {
  return new DriveError(404, 'notFound', `File not found: ${id}.`, { location: 'fileId' });
}

export function insufficientPermissions(id: string): DriveError {
  const message = `The user does not have sufficient permissions for file ${id}.`;
  return new DriveError(403, 'insufficientFilePermissions', message);
}

export function quotaExceeded(): DriveError {
  return new DriveError(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.");
}
