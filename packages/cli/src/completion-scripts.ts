import type { CompletedCommand, CompletedFlag } from './completion-words.ts';

/** Asks the command itself for the names of the configuration where the user stands. */
const pairs = 'syncengine completion pairs 2>/dev/null';

/** The commands that take names of pairs, as a pattern of `case`. */
function pairCommands(commands: readonly CompletedCommand[]): string {
  return commands.flatMap(({ path, takesPairs }) => (takesPairs ? [`"${path.join(' ')}"`] : [])).join('|');
}

/** For `source <(syncengine completion bash)` in `~/.bashrc`. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of syncengine for bash: source <(syncengine completion bash)
_syncengine() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${commands
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      "${[path.slice(0, -1).join(' '), path.at(-1)].join(' ')}") path="${path.join(' ')}" ;;`)
  .join('\n')}
    esac
  done
  case "$previous" in
${valueCases(commands, (flag) => (flag.takes === 'words' ? `COMPREPLY=($(compgen -W "${flag.words.join(' ')}" -- "$current")); return` : flag.takes === 'files' ? 'COMPREPLY=($(compgen -f -- "$current")); return' : 'return'))}
  esac
  case "$path" in
${commands.map(({ path, commands: inner, flags }) => `    "${path.join(' ')}") words="${inner.map(({ name }) => name).join(' ')}"; [[ $current == -* ]] && words="${flags.map(({ long }) => long).join(' ')}" ;;`).join('\n')}
  esac
  if [[ $current != -* ]]; then
    case "$path" in
      ${pairCommands(commands)}) words="$(${pairs})" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $current != -* && -n $path && $path != state ]] && COMPREPLY+=($(compgen -f -- "$current"))
  return 0
}
complete -o filenames -F _syncengine syncengine
`;
}

/** For a file \`_syncengine\` in a folder of \`$fpath\`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef syncengine
# Completion of syncengine for zsh: syncengine completion zsh > a folder of $fpath/_syncengine
_syncengine() {
  local command_path="" word
  local -a choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command_path $word" in
${commands
  .filter(({ path }) => path.length > 0)
  .map(
    ({ path }) =>
      `      "${[path.slice(0, -1).join(' '), path.at(-1)].join(' ')}") command_path="${path.join(' ')}" ;;`,
  )
  .join('\n')}
    esac
  done
  case "\${words[CURRENT-1]}" in
${valueCases(commands, (flag) => (flag.takes === 'words' ? `compadd -- ${flag.words.join(' ')}; return` : flag.takes === 'files' ? '_files; return' : 'return'))}
  esac
  case "$command_path" in
${commands
  .map(
    ({ path, commands: inner, flags }) => `    "${path.join(' ')}")
      if [[ "\${words[CURRENT]}" == -* ]]; then choices=(${flags.map(({ long, description }) => zshChoice(long, description)).join(' ')})
      else choices=(${inner.map(({ name, summary }) => zshChoice(name, summary)).join(' ')}); fi ;;`,
  )
  .join('\n')}
  esac
  if (( \${#choices} )); then _describe 'syncengine' choices
  else
    case "$command_path" in
      ${pairCommands(commands)}) compadd -- \${(f)"$(${pairs})"} ;;
    esac
    _files
  fi
}
if [[ "$funcstack[1]" == "_syncengine" ]]; then _syncengine "$@"; else compdef _syncengine syncengine; fi
`;
}

/** For \`~/.config/fish/completions/syncengine.fish\`. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const top = commands.find(({ path }) => path.length === 0)?.commands.map(({ name }) => name) ?? [];
  const lines = commands.flatMap(({ path, commands: inner, flags, takesPairs }) => {
    const condition = fishCondition(
      path,
      inner.map(({ name }) => name),
      top,
    );
    return [
      ...inner.map(
        ({ name, summary }) => `complete -c syncengine -f -n ${quoted(condition)} -a ${name} -d ${quoted(summary)}`,
      ),
      ...(takesPairs
        ? [
            `complete -c syncengine -n ${quoted(fishCondition(path, [], top))} -a ${quoted(`(type -q syncengine; and ${pairs})`)} -d 'pair'`,
          ]
        : []),
      ...flags.map((flag) => fishFlag(flag, fishCondition(path, [], top))),
    ];
  });
  return `# Completion of syncengine for fish: syncengine completion fish > ~/.config/fish/completions/syncengine.fish
${lines.join('\n')}
`;
}

function fishCondition(path: readonly string[], inner: readonly string[], top: readonly string[]): string {
  if (path.length === 0) return `not __fish_seen_subcommand_from ${top.join(' ')}`;
  const inside = path.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
  return inner.length === 0 ? inside : `${inside}; and not __fish_seen_subcommand_from ${inner.join(' ')}`;
}

function fishFlag({ long, short, description, takes, words }: CompletedFlag, condition: string): string {
  const letter = short === undefined ? '' : ` -s ${short.slice(1)}`;
  const value =
    takes === undefined
      ? ''
      : takes === 'words'
        ? ` -x -a ${quoted(words.join(' '))}`
        : takes === 'files'
          ? ' -r -F'
          : ' -x';
  return `complete -c syncengine -n ${quoted(condition)} -l ${long.slice(2)}${letter}${value} -d ${quoted(description)}`;
}

function zshChoice(name: string, description: string): string {
  return quoted(`${name}:${description.replaceAll(':', '\\:')}`);
}

/** Each flag that takes a value, once. */
function valueCases(commands: readonly CompletedCommand[], answer: (flag: CompletedFlag) => string): string {
  const flags = new Map(commands.flatMap((command) => command.flags).map((flag) => [flag.long, flag]));
  return [...flags.values()]
    .filter(({ takes }) => takes !== undefined)
    .map((flag) => `    ${flag.long}) ${answer(flag)} ;;`)
    .join('\n');
}

/** For all three shells: what stands in single quotes is taken as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
