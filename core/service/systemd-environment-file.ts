/** A comment, an assignment (key, quoted parts, bare rest), or any other line. */
const LINE =
  /[ \t]*[#;][^\n]*(?:\n|$)|[ \t]*([A-Za-z_]\w*)[ \t]*=((?:[ \t]+|"(?:\\[\s\S]|[^"\\])*(?:"|$)|'[^']*(?:'|$))*)((?:\\[\s\S]|[^\n\\])*)(?:\n|$)|[^\n]*(?:\n|$)/y;
const QUOTED = /"((?:\\[\s\S]|[^"\\])*)"?|'([^']*)'?|[ \t]+/g;
/** Without the blanks at its end, unless a backslash is before them. */
const TRIMMED = /^(?:\s*(?:\\[\s\S]|[^\s\\]))*/;

/**
 * A file for EnvironmentFile=, read as systemd does: `#` and `;` begin comments, a value may begin with parts in
 * single or double quotes that span lines, a backslash takes the meaning off the next character, and one at the end
 * of a line joins it with the next. Not the syntax of a shell: nothing is substituted. Other lines are left out.
 */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const normal = text.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '');
  const line = new RegExp(LINE);
  while (line.lastIndex < normal.length) {
    const [, key, quoted = '', bare = ''] = line.exec(normal) ?? [];
    if (key !== undefined) values[key] = unquoted(quoted) + unescaped(TRIMMED.exec(bare)?.[0] ?? '');
  }
  return values;
}

const unquoted = (text: string): string =>
  text.replace(QUOTED, (_, double?: string, single?: string) =>
    double === undefined ? (single ?? '') : double.replace(/\\([\s\S])/g, inDouble),
  );

/** Before any other character the backslash stays. */
const inDouble = (written: string, char: string): string =>
  char === '\n' ? '' : '"\\`$'.includes(char) ? char : written;

const unescaped = (text: string): string =>
  text.replace(/\\([\s\S])/g, (_, char: string) => (char === '\n' ? '' : char));
