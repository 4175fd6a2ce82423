const HIDDEN = '***';
const SECRET_FLAG = /^--?[a-z-]*(?:token|password|passwd|secret|api-?key)$/i;
const SECRET_ASSIGNMENT =
  /^(--?[a-z-]*(?:token|password|passwd|secret|api-?key)|\w*(?:TOKEN|PASSWORD|SECRET|API_?KEY))=.*$/is;

/** What a terminal would act on instead of showing. */
const visible = (text: string): string => text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '?');

/** Arguments of another process without the values of `--token`, `--password` and their like. */
export const publicArguments = (args: readonly string[]): string[] =>
  args.map((argument, index) => {
    const flag = args[index - 1];
    if (flag !== undefined && SECRET_FLAG.test(flag)) return HIDDEN;
    return argument.replace(SECRET_ASSIGNMENT, `$1=${HIDDEN}`);
  });

/** The same as one line for people. */
export const showArguments = (args: readonly string[]): string => visible(publicArguments(args).join(' '));

/**
 * The same for a system that tells only the joined line: everything from the flag up to the next
 * flag is hidden, because nobody can tell where a value with spaces ends.
 */
export const showJoinedArguments = (line: string): string =>
  visible(
    line.replace(
      /(^|\s)((?:--?[a-z-]*(?:token|password|passwd|secret|api-?key)|\w*(?:TOKEN|PASSWORD|SECRET|API_?KEY)(?==))(?:\s+|=))(?:"[^"]*"|(?:(?!\s--?\w).)+)/gis,
      `$1$2${HIDDEN}`,
    ),
  );
