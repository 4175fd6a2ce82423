import type { Flag, WordNode } from './word-tree.ts';

/** A word of a POSIX shell that stands for exactly this text. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const reply = (words: readonly string[]): string =>
  `COMPREPLY=($(compgen -W ${shellQuote(words.join(' '))} -- "$current"))`;

/** A flag that takes a value: its values, or nothing, so that bash offers files. */
function flagCase(path: string, { words, values }: Flag): string {
  const patterns = words.map((word) => shellQuote(`${path} ${word}`)).join(' | ');
  return `    ${patterns}) ${values.length > 0 ? `${reply(values)}; ` : ''}return ;;`;
}

/** Flags are many, so they are offered to whoever begins one. */
function wordCase({ path, commands, values, flags }: WordNode): string {
  const words = [...commands.map(({ word }) => word), ...values];
  const begun = `[[ $current == -* ]] && ${reply(flags.flatMap((flag) => flag.words))}`;
  return `    ${shellQuote(path)}) ${begun} || ${reply(words)} ;;`;
}

/**
 * A script for bash 3.2 and later: it walks the words typed so far to find the command, and offers what may
 * follow it.
 */
export function bashScript(nodes: readonly WordNode[]): string {
  const paths = nodes.slice(1).map(({ path }) => shellQuote(path));
  const flagCases = nodes.flatMap(({ path, flags }) =>
    flags.filter((flag) => flag.takesValue).map((flag) => flagCase(path, flag)),
  );
  return `# openclaw completion for bash. In ~/.bashrc: source <(openclaw completion bash)
_openclaw() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path=openclaw index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$path \${COMP_WORDS[index]}" in
      ${paths.join(' | ')})
        path="$path \${COMP_WORDS[index]}" ;;
    esac
  done
  COMPREPLY=()
  case "$path $previous" in
${flagCases.join('\n')}
  esac
  case "$path" in
${nodes.map(wordCase).join('\n')}
  esac
}
complete -o default -F _openclaw openclaw
`;
}
