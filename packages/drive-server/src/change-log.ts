/** That something happened to a file; what it looks like now is asked for when changes are listed. */
export interface ChangeRecord {
  readonly sequence: number;
  readonly fileId: string;
  readonly driveId: string | undefined;
  readonly removed: boolean;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** "Retrieve changes": everything that happened, in order. */
export class ChangeLog {
  #records: ChangeRecord[] = [];
  #next = 1;

  record(change: Omit<ChangeRecord, 'sequence'>): void {
    this.#records.push({ ...change, sequence: this.#next });
    this.#next += 1;
  }

  /** The sequence that the next change will have. */
  get next(): number {
    return this.#next;
  }

  /** The sequence of the oldest change that is still known. */
  get oldest(): number {
    return this.#records[0]?.sequence ?? this.#next;
  }

  /** Each file that changed since, once, at its last change. */
  since(sequence: number): ChangeRecord[] {
    const last = new Map<string, ChangeRecord>();
    for (const record of this.#records.slice(Math.max(0, sequence - this.oldest))) {
      last.delete(record.fileId);
      last.set(record.fileId, record);
    }
    return [...last.values()];
  }

  /** Forgets all that happened until now: older tokens are refused from here on. */
  forget(): void {
    this.#records = [];
  }
}
