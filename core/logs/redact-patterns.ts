/** Replaces a secret. Shorter than the shortest secret that can be registered, so it can never hold one itself. */
export const REDACTED = '***';

const NAME =
  'token|password|passwd|passphrase|secret|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?secret|authorization|cookie';

/** A cheap look before the patterns: nearly every log line ends here. */
const SUSPICIOUS = new RegExp(`${NAME}|bearer|://|sk-|eyj|-----begin`, 'i');

const PATTERNS: readonly [RegExp, string][] = [
  // -----BEGIN PRIVATE KEY----- … also with its newlines escaped, and cut off
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  // Authorization: Bearer x, Cookie: a=b; c=d – the rest of a header line
  [
    /\b((?:proxy-)?authorization|cookie|set-cookie|x-api-key)(["'\\]{0,4}\s?[:=]\s?["'\\]{0,4})[^\r\n"'\\]+/gi,
    `$1$2${REDACTED}`,
  ],
  [/\b(bearer)(\s+)[\w.~+/=-]{8,}/gi, `$1$2${REDACTED}`],
  // https://user:password@host
  [/(\/\/[^\s/?#@:"']{0,256}:)[^\s/?#@"']{1,1024}@/g, `$1${REDACTED}@`],
  // "token":"x" and token: 'x', also inside a JSON string where the quotes are escaped
  [
    new RegExp(`((?:${NAME})(\\\\*["'])?\\s?[:=]\\s?(\\\\*["']))(?:(?!\\3)(?:\\\\.|.))+?(?=\\3|$)`, 'gis'),
    `$1${REDACTED}`,
  ],
  // token=x in a URL, a query string or a key=value list
  [new RegExp(`((?:${NAME})(?:=|%3D))[^\\s&"'\\\\,;)}\\]<>#]+`, 'gi'), `$1${REDACTED}`],
  // --token x on a command line
  [new RegExp(`(--[a-z-]{0,32}(?:${NAME})\\s)[^\\s"'<([]\\S{7,}`, 'gi'), `$1${REDACTED}`],
  // keys of model providers, and JSON web tokens
  [/\bsk-[\w-]{16,}/g, REDACTED],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, REDACTED],
];

const SECRET_NAME = new RegExp(`(?:${NAME}|credential)s?$`, 'i');

/** True for the name of a field whose value must not be shown, such as `deviceToken` or `Authorization`. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Hides what looks like a secret: credentials in headers, URLs, queries, JSON and command lines. */
export function redactPatterns(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return PATTERNS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
