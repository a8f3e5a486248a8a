/** The packages of this project that handle addresses, by the address's first word. */
export const adapterPackages: Readonly<Record<string, string>> = {
  s3: '@syncengine/s3',
  sftp: '@syncengine/sftp',
  ftp: '@syncengine/ftp',
  ftps: '@syncengine/ftp',
  gdrive: '@syncengine/google-drive',
};

/** The words that flags for a kind of storage begin with. */
export const adapterWords: readonly string[] = Object.keys(adapterPackages);

/** Packages of others that handle addresses, as the configuration names them. */
export interface AdapterSources {
  /** Names of packages, or paths that begin with a dot. */
  readonly names: readonly string[];
  /** Where they are looked for, besides beside the command. */
  readonly folder: string;
}
