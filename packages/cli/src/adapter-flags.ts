import { InvalidArgumentError } from 'commander';

/** Settings that flags give to every address of a kind of storage: by the flag's first word, then by name. */
export type AdapterFlags = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Others on the machine can read what a command was given, so no secret is taken. */
const secret = /password|passphrase|secret|token|access-key/;

/**
 * Takes the flags out of the arguments that are meant for a kind of storage: `--s3-endpoint <value>` is the setting `endpoint`
 * of every `s3://` address. What settings there are only the storage's own package knows.
 *
 * @param words that such flags begin with
 * @throws InvalidArgumentError
 */
export function takeAdapterFlags(
  argv: readonly string[],
  words: readonly string[],
): { readonly argv: readonly string[]; readonly flags: AdapterFlags } {
  const flags: Record<string, Record<string, string>> = {};
  const others: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const text = argv[index] ?? '';
    if (text === '--') return { argv: [...others, ...argv.slice(index)], flags };
    const parts = /^--([a-z0-9]+)-([a-z0-9-]+)(?:=(.*))?$/s.exec(text);
    const [, word = '', name = ''] = parts ?? [];
    if (parts === null || !words.includes(word)) {
      others.push(text);
      continue;
    }
    let value = parts[3];
    if (value === undefined) {
      index += 1;
      value = argv[index];
    }
    if (secret.test(name)) {
      throw new InvalidArgumentError(
        `--${word}-${name} would show a secret to others on this machine; give it in the environment.`,
      );
    }
    if (value === undefined) throw new InvalidArgumentError(`--${word}-${name} needs a value.`);
    flags[word] = { ...flags[word], [name]: value };
  }
  return { argv: others, flags };
}
