import { shellQuote } from './bash.ts';
import type { Flag, WordNode } from './word-tree.ts';

/** `_describe` splits a word from its explanation at the first colon. */
const described = (word: string, summary: string): string =>
  shellQuote(`${word.replaceAll(':', '\\:')}:${summary}`);

const describe = (tag: string, entries: readonly string[]): string[] =>
  entries.length === 0 ? [] : [`offers=(${entries.join(' ')})`, `_describe ${shellQuote(tag)} offers`];

function flagCase(path: string, { words, values }: Flag): string {
  const patterns = words.map((word) => shellQuote(`${path} ${word}`)).join(' | ');
  const offer = values.length > 0 ? `compadd -- ${values.map(shellQuote).join(' ')}` : '_files';
  return `    (${patterns}) ${offer}; return ;;`;
}

/** Flags are many, so they are offered to whoever begins one. */
function wordCase({ path, commands, values, flags }: WordNode): string {
  const flagWords = flags.flatMap((flag) => flag.words.map((word) => described(word, flag.summary)));
  const commandWords = commands.map(({ word, summary }) => described(word, summary));
  const plain = [
    ...describe('command', commandWords),
    ...(values.length > 0 ? [`compadd -- ${values.map(shellQuote).join(' ')}`] : []),
  ];
  return [
    `    (${shellQuote(path)})`,
    '      if [[ $words[CURRENT] == -* ]]; then',
    ...describe('option', flagWords).map((line) => `        ${line}`),
    '      else',
    ...(plain.length > 0 ? plain : ['_files']).map((line) => `        ${line}`),
    '      fi ;;',
  ].join('\n');
}

/** Works both sourced and as a file `_openclaw` in `fpath`. */
export function zshScript(nodes: readonly WordNode[]): string {
  const paths = nodes.slice(1).map(({ path }) => shellQuote(path));
  const flagCases = nodes.flatMap(({ path, flags }) =>
    flags.filter((flag) => flag.takesValue).map((flag) => flagCase(path, flag)),
  );
  return `#compdef openclaw
# openclaw completion for zsh. In ~/.zshrc, after compinit: source <(openclaw completion zsh)
_openclaw() {
  local path_so_far=openclaw index
  local -a offers
  for ((index = 2; index < CURRENT; index++)); do
    case "$path_so_far \${words[index]}" in
      (${paths.join(' | ')})
        path_so_far="$path_so_far \${words[index]}" ;;
    esac
  done
  case "$path_so_far \${words[CURRENT - 1]}" in
${flagCases.join('\n')}
  esac
  case "$path_so_far" in
${nodes.map(wordCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = _openclaw ]; then
  _openclaw "$@"
else
  compdef _openclaw openclaw
fi
`;
}
