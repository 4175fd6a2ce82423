import type { WordNode } from './word-tree.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const hash = (entries: readonly string[]): string =>
  entries.length === 0 ? '@{}' : `@{ ${entries.join('; ')} }`;

const list = (words: readonly string[]): string => `@(${words.map(quote).join(', ')})`;

function nodeLine({ path, commands, values, flags }: WordNode): string {
  const words = [
    ...commands.map(({ word, summary }) => `${quote(word)} = ${quote(summary)}`),
    ...values.map((value) => `${quote(value)} = ${quote(value)}`),
    ...flags.flatMap((flag) => flag.words.map((word) => `${quote(word)} = ${quote(flag.summary)}`)),
  ];
  const valued = flags
    .filter((flag) => flag.takesValue)
    .flatMap((flag) => flag.words.map((word) => `${quote(word)} = ${list(flag.values)}`));
  return `    ${quote(path)} = @{ words = [ordered]${hash(words)}; values = ${hash(valued)} }`;
}

/** For PowerShell 5.1 and later. */
export function powershellScript(nodes: readonly WordNode[]): string {
  return `# openclaw completion for PowerShell. In $PROFILE: openclaw completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName openclaw -ScriptBlock {
  param($current, $line, $cursor)
  $tree = @{
${nodes.map(nodeLine).join('\n')}
  }
  $path = 'openclaw'
  $previous = ''
  foreach ($element in $line.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursor) { break }
    $previous = $element.ToString()
    if ($tree.ContainsKey("$path $previous")) { $path = "$path $previous" }
  }
  $node = $tree[$path]
  if ($node.values.ContainsKey($previous)) {
    $node.values[$previous] | Where-Object { $_ -like "$current*" } | ForEach-Object {
      [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
    return
  }
  $node.words.GetEnumerator() | Where-Object {
    $_.Key -like "$current*" -and ($current -like '-*' -or $_.Key -notlike '-*')
  } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_.Key, $_.Key, 'ParameterValue', $_.Value)
  }
}
`;
}
