import type { Flag, WordNode } from './word-tree.ts';

/** In single quotes fish knows two escapes only. */
const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const lead = (path: string): string => `complete -c openclaw -n ${quote(`__openclaw_at ${quote(path)}`)}`;

function flagLine(path: string, { words, summary, takesValue, values }: Flag): string {
  const names = words.map((word) => (word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`));
  const offer = values.length > 0 ? `-x -a ${quote(values.join(' '))}` : takesValue ? '-r' : '';
  return [lead(path), ...names, offer, '-d', quote(summary)].filter((part) => part !== '').join(' ');
}

function nodeLines({ path, commands, values, flags }: WordNode): string[] {
  return [
    ...commands.map(({ word, summary }) => `${lead(path)} -f -a ${quote(word)} -d ${quote(summary)}`),
    ...(values.length > 0 ? [`${lead(path)} -f -a ${quote(values.join(' '))}`] : []),
    ...flags.map((flag) => flagLine(path, flag)),
  ];
}

/** `__openclaw_at` is true while the words typed so far lead to exactly this command. */
export function fishScript(nodes: readonly WordNode[]): string {
  const paths = nodes.slice(1).map(({ path }) => quote(path));
  return `# openclaw completion for fish. Save as ~/.config/fish/completions/openclaw.fish
function __openclaw_at
    set -l path openclaw
    for word in (commandline -opc)[2..-1]
        if contains -- "$path $word" ${paths.join(' ')}
            set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end
complete -c openclaw -f
${nodes.flatMap(nodeLines).join('\n')}
`;
}
