import {
  childOf,
  collectBytes,
  createHasher,
  type Entry,
  type FileEntry,
  isSyncEngineError,
  type SyncEngineError,
  type Version,
} from '@syncengine/core';
import type { ContentCalls } from './content-calls.ts';
import type { DriveFile } from './drive-file.ts';

interface ExportFormat {
  readonly extension: string;
  readonly mimeType: string;
}

const office = 'application/vnd.openxmlformats-officedocument.';

/** What documents of the editors are exported to; of what is not named here there is no useful form. */
const formats: Readonly<Record<string, ExportFormat>> = {
  document: { extension: '.docx', mimeType: `${office}wordprocessingml.document` },
  spreadsheet: { extension: '.xlsx', mimeType: `${office}spreadsheetml.sheet` },
  presentation: { extension: '.pptx', mimeType: `${office}presentationml.presentation` },
  drawing: { extension: '.png', mimeType: 'image/png' },
};

/** Bytes of exports that are kept in memory from the listing until they are read. */
const keptBytes = 64 * 1024 * 1024;

/** How an entry is told from one of real bytes. */
const versionPrefix = 'export:';

/** What came of an export: how large it is, or why there is none. */
type Exported =
  | { readonly version: Version; readonly size: number; readonly md5: string; readonly sha256: string }
  | { readonly version: Version; readonly failure: SyncEngineError };

/**
 * Documents of Google's editors, shown as files. Drive tells no size of what it would export, so each is exported when it is
 * listed. No two exports of one document need be the same bytes: a version stands for what was typed, not for them.
 */
export class Documents {
  readonly #contents: ContentCalls;
  readonly #isOn: boolean;
  readonly #exported = new Map<string, Exported>();
  /** Oldest first. */
  readonly #bytes = new Map<string, Uint8Array>();
  #kept = 0;

  constructor(contents: ContentCalls, choice: 'skip' | 'export') {
    this.#contents = contents;
    this.#isOn = choice === 'export';
  }

  /** The name that a document is shown under; `undefined` for what is not shown as a file. */
  shownName(file: DriveFile): string | undefined {
    const format = this.#isOn ? formatOf(file) : undefined;
    return format === undefined ? undefined : `${file.name}${format.extension}`;
  }

  /** Names that documents may have which are shown under a name. */
  hiddenNames(shown: string): readonly string[] {
    if (!this.#isOn) return [];
    const extensions = Object.values(formats).map(({ extension }) => extension);
    return extensions.filter((each) => shown.endsWith(each)).map((each) => shown.slice(0, -each.length));
  }

  /** Exports what is to be shown and was not yet, or was typed into since. */
  async prepare(files: Iterable<DriveFile>, signal?: AbortSignal): Promise<void> {
    for (const file of files) if (this.#isDue(file)) await this.#export(file, signal);
  }

  /** Whether nothing is left to prepare. */
  arePrepared(files: Iterable<DriveFile>): boolean {
    for (const file of files) if (this.#isDue(file)) return false;
    return true;
  }

  /** After `prepare`: what is shown of a document in a directory. */
  entryOf(directory: string, file: DriveFile): Entry | undefined {
    const name = this.shownName(file);
    const exported = this.#exported.get(file.id);
    if (name === undefined || exported === undefined) return undefined;
    const path = childOf(directory, name);
    if ('failure' in exported) {
      const { code, message } = exported.failure;
      return { kind: 'unknown', path, code, message };
    }
    const { version, size, md5, sha256 } = exported;
    const entry: FileEntry = { kind: 'file', path, identity: file.id, version, size, hashes: { md5, sha256 } };
    return { ...entry, modifiedAt: file.modifiedAt, createdAt: file.createdAt };
  }

  /** The bytes as they were when the document was listed, as far as they are still kept. */
  async read(file: DriveFile, path: string, signal?: AbortSignal): Promise<Uint8Array> {
    await this.prepare([file], signal);
    const exported = this.#exported.get(file.id);
    if (exported !== undefined && 'failure' in exported) throw exported.failure;
    return this.#bytes.get(file.id) ?? this.#fetch(file, path, signal);
  }

  #isDue(file: DriveFile): boolean {
    return this.shownName(file) !== undefined && this.#exported.get(file.id)?.version !== versionOfDocument(file);
  }

  async #export(file: DriveFile, signal: AbortSignal | undefined): Promise<void> {
    const version = versionOfDocument(file);
    this.#forget(file.id);
    try {
      const bytes = await this.#fetch(file, file.name, signal);
      this.#keep(file.id, bytes);
      const digest = (algorithm: 'md5' | 'sha256'): string => {
        const hasher = createHasher(algorithm);
        hasher.update(bytes);
        return hasher.digest();
      };
      const facts = { version, size: bytes.byteLength, md5: digest('md5'), sha256: digest('sha256') };
      this.#exported.set(file.id, facts);
    } catch (error) {
      // One that cannot be exported, for its size or otherwise, is told as such; what may pass is the engine's to try again.
      if (!isSyncEngineError(error) || error.retry !== 'no') throw error;
      this.#exported.set(file.id, { version, failure: error });
    }
  }

  async #fetch(file: DriveFile, path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const mimeType = formatOf(file)?.mimeType ?? '';
    return collectBytes(this.#contents.export(file.id, mimeType, { path, signal }));
  }

  #keep(id: string, bytes: Uint8Array): void {
    this.#bytes.set(id, bytes);
    this.#kept += bytes.byteLength;
    for (const oldest of [...this.#bytes.keys()]) {
      if (this.#kept <= keptBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    this.#kept -= this.#bytes.get(id)?.byteLength ?? 0;
    this.#bytes.delete(id);
  }
}

export function versionOfDocument(file: DriveFile): Version {
  return `${versionPrefix}${file.modifiedAt ?? 'unknown'}`;
}

/** Whether a version is of a document that is shown as a file. */
export function isExportVersion(version: Version): boolean {
  return version.startsWith(versionPrefix);
}

function formatOf(file: DriveFile): ExportFormat | undefined {
  const kind = /^application\/vnd\.google-apps\.(\w+)$/.exec(file.mimeType)?.[1];
  if (kind === undefined || !Object.hasOwn(formats, kind) || file.parents.length > 1) return undefined;
  return formats[kind];
}
