/** A mistake that somebody could make in the core. */
export interface Defect {
  readonly name: string;
  /** Below the core's `dist/`. */
  readonly file: string;
  /** What stands there exactly once, and what it becomes. */
  readonly from: string;
  readonly to: string;
}

/** Each alone breaks a promise, and the simulator has to notice. */
export const defects: readonly Defect[] = [
  {
    name: 'a write ignores what it expects to find',
    file: 'operations/transfer.js',
    from: 'permissions, expected, keepReplacedAt, signal }',
    to: 'permissions, keepReplacedAt, signal }',
  },
  {
    name: 'a deletion ignores what it expects to find',
    file: 'operations/operation-runner.js',
    from: 'const expected = this.#presentVersion(operation, operation.expected);\n        try {',
    to: 'const expected = undefined;\n        try {',
  },
  {
    name: 'the base advances where an operation failed',
    file: 'operations/sync-operations.js',
    from: 'this.#fail(operation, summary, error);',
    to: 'this.#fail(operation, summary, error);\n            const wrong = [];\n            this.#learning.learn(operation, { entry: operation.from?.entry, hashes: {}, transferredBytes: 0 }, wrong);\n            await this.#committer.add(wrong, 0);',
  },
  {
    name: 'an unreadable folder is taken for an empty one',
    file: 'scan/directory-reader.js',
    from: 'problem: asSyncEngineError(error, path) };',
    to: 'problem: undefined };',
  },
  {
    name: 'the pages that came before a listing failed are taken for all of them',
    file: 'scan/directory-reader.js',
    from: `for await (const page of client.list(directory, { signal, followSymlinks })) {
            for (const entry of page)
                if (nameOf(entry.path) !== reservedName)
                    entries.push(entry);
        }`,
    to: `try {
            for await (const page of client.list(directory, { signal, followSymlinks })) {
                for (const entry of page)
                    if (nameOf(entry.path) !== reservedName)
                        entries.push(entry);
            }
        } catch (error) {
            if (entries.length === 0) throw error;
        }`,
  },
  {
    name: 'what is replaced is deleted before its successor comes',
    file: 'operations/transfer.js',
    from: 'const written = await to.write(path, content, options);',
    to: `if (expected !== 'absent' && keepReplacedAt === undefined) {
        await to.remove(path, { expected, signal });
        options.expected = 'absent';
    }
    const written = await to.write(path, content, options);`,
  },
  {
    name: 'the base is committed before the content is flushed',
    file: 'operations/committer.js',
    from: 'await this.#options.flush();',
    to: '',
  },
  {
    name: 'nothing goes to the trash',
    file: 'versions/disposal.js',
    from: "ability === 'none')\n        return { kind: 'none' };",
    to: "ability !== 'native')\n        return { kind: 'none' };",
  },
  {
    name: 'a backup keeps no versions',
    file: 'versions/disposal.js',
    from: "if (replaced === 'version')\n        return",
    to: "if (replaced === 'version')\n        return { kind: 'none' };\n    if (replaced === 'never')\n        return",
  },
  {
    name: 'equal sizes are taken for equal contents',
    file: 'compare/file-comparator.js',
    from: 'return this.#commonHash(source, destination) ?? this.#byTime(source, destination);',
    to: 'return equal;',
  },
  {
    name: 'the base keeps the version from before the write',
    file: 'operations/learning.js',
    from: "const destination = finished.destination ?? this.#standing(operation, 'destination');",
    to: "const destination = operation.kind === 'update' ? this.#standing(operation, 'destination') ?? finished.destination : finished.destination ?? this.#standing(operation, 'destination');",
  },
  {
    name: 'an operation that failed is not reported',
    file: 'operations/sync-operations.js',
    from: 'this.#problems.push({ path: operation.path, side, code, message });',
    to: '',
  },
  {
    name: 'of two names that collide the first one is taken',
    file: 'scan/directory-reader.js',
    from: 'collided.push(twin, child);',
    to: '{ }',
  },
  {
    name: 'an emptied root is believed',
    file: 'plan/rails.js',
    from: '[...emptiedRoots(input), ...tooManyDeletions(input)',
    to: '[...tooManyDeletions(input)',
  },
  {
    name: 'a deletion wins over a modification',
    file: 'reconcile/decide.js',
    from: "if (present.kind === 'unchanged')\n        return { kind: 'delete'",
    to: "if (present.kind === 'unchanged' || present.kind === 'modified')\n        return { kind: 'delete'",
  },
  {
    name: 'the losing content of a conflict is not secured',
    file: 'plan/settle-conflict.js',
    from: 'const after = secure(draft, row, losing, loser, copy);',
    to: 'const after = [];',
  },
  {
    name: 'the leading side takes the metadata of the one that follows',
    file: 'reconcile/metadata.js',
    from: `if (leader !== undefined)
        return allowed(policy, otherSide(leader));
    if (sourceChanged`,
    to: `if (leader !== undefined)
        return leader;
    if (sourceChanged`,
  },
  {
    name: 'what is ignored is taken for deleted',
    file: 'scan/examine.js',
    from: "return { kind: 'excluded' };",
    to: "return { kind: base === undefined ? 'absent' : 'deleted' };",
  },
  {
    name: 'names from a store are not checked',
    file: 'scan/entry-observer.js',
    from: 'if (invalid !== undefined)',
    to: 'if (false)',
  },
  {
    name: 'a listing is taken in the order in which it comes',
    file: 'scan/directory-reader.js',
    from: 'return [...byKey.values()].sort((left, right) => compareUtf8(left.item.orderKey, right.item.orderKey));',
    to: 'return [...byKey.values()];',
  },
  {
    name: 'a file that was changed right before it was looked at is trusted',
    file: 'compare/racy.js',
    from: 'return entry.modifiedAt >= observed.from - grain && entry.modifiedAt <= observed.until + grain;',
    to: 'return false;',
  },
];
